"""The commands of `python -m components`. They may use every room but the pages."""
