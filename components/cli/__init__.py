"""The commands of `python -m components`. They may use every package but the pages."""
