"""Columns of a user's own file, and the arrays that they become."""
