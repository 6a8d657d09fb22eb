"""Limits on a person's own data. Pages and messages show these numbers."""

from __future__ import annotations

FILE_BYTES = 50_000_000
"""Bytes of the uploaded file."""
UNPACKED_BYTES = 200_000_000
"""Bytes of all arrays or files in it, once unpacked."""
PREPARED_BYTES = 250_000_000
"""Bytes of the arrays that training reads."""
ROWS = 200_000
COLUMNS = 500
CELLS = 10_000_000
CELL_CHARS = 131_072
"""Characters of one cell of a table: the limit of Python's csv module."""
ROW_CHARS = 1_000_000
IMAGES = 10_000
IMAGE_BYTES = 20_000_000
"""Bytes of one picture's file."""
IMAGE_PIXELS = 16_000_000
"""Pixels of one picture, before it is made smaller."""
TOTAL_PIXELS = 500_000_000
"""Pixels of all pictures together, before they are made smaller."""
IMAGE_SIDE = 64
"""Longest side of pictures in memory, in pixels."""
IDS = 100_000
"""Limit below which whole numbers can be ids of words; arrays of larger ones are numbers."""
CLASSES = 100
"""Classes of a label."""
CATEGORIES = 1000
"""Categories of a column."""
WORDS = 5000
"""Words of a text's vocabulary, including padding and the id for rare words."""
LENGTH = 64
"""Words of a text that are read."""
