"""Editing state of a session: the draft of a model, its data and settings, and the undo steps."""
