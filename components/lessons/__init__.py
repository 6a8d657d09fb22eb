"""Lessons that check themselves: their format, their checks, and work that is handed in."""
