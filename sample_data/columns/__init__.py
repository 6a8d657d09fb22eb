"""Columns of a person's own file, and the arrays that they become."""
