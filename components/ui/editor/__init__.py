"""What a person edits: the draft of a model, its data and settings, and the past of both."""
