"""What belongs to a person: drafts, saved models, data files and progress on lessons."""
