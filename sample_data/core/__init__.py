"""Arrays, files of arrays, and what data is described by."""
