"""Data of a person: drafts, saved models, data files and progress on lessons."""
