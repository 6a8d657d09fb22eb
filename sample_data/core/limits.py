"""How large a person's own data may be. Pages and messages show these numbers."""

from __future__ import annotations

FILE_BYTES = 50_000_000
"""Of the uploaded file."""
UNPACKED_BYTES = 200_000_000
"""Of all arrays or files in it, once unpacked."""
PREPARED_BYTES = 250_000_000
"""Of the arrays that training reads."""
ROWS = 200_000
COLUMNS = 500
CELLS = 10_000_000
CELL_CHARS = 131_072
"""Of one cell of a table: the limit of Python's csv module."""
ROW_CHARS = 1_000_000
IMAGES = 10_000
IMAGE_BYTES = 20_000_000
"""Of one picture's file."""
IMAGE_PIXELS = 16_000_000
"""Of one picture, before it is made smaller."""
TOTAL_PIXELS = 500_000_000
"""Of all pictures together, before they are made smaller."""
IMAGE_SIDE = 64
"""Longest side of pictures in memory, in pixels."""
IDS = 100_000
"""Whole numbers below it can be ids of words; arrays of larger ones are numbers."""
CLASSES = 100
"""Of a label."""
CATEGORIES = 1000
"""Of a column that is read as categories."""
WORDS = 5000
"""Of a text's vocabulary, padding and the id for rare words included."""
LENGTH = 64
"""Words of a text that are read."""
