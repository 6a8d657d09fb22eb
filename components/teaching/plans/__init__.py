"""Plans for a class: their format, and one file for each kind of item."""
