"""A lesson beside the pages: which one is open, its progress, and its panel."""
