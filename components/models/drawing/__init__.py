"""Pictures and summaries of a graph."""
