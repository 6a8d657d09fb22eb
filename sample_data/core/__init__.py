"""Arrays, files of arrays, and descriptions of data."""
