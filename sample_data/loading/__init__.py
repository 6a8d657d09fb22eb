"""Data of a run: made from a relation, or read from a collection or a file; and its samples."""
