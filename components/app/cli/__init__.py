"""The commands of `python -m components`. They may import every package except pages."""
