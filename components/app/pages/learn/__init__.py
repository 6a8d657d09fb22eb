"""Learn page: lessons to open, and lessons to make."""
