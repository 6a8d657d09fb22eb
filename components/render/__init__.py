"""Pictures, summaries and code of a blueprint."""
