"""Lessons that check themselves: their format, their checks, and submitted work."""
