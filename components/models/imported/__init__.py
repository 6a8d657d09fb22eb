"""Import of a Keras model from JSON, a `.keras` archive or HDF5, read as data.

No code in the file is decoded or run. Layers of Keras on the lists in `allowed` are created without
weights to get their shapes and weight counts from Keras. Everything else is shown as unknown.
"""

from components.models.imported.blocks import MOST as MOST_BLOCKS
from components.models.imported.files import is_keras_file, is_keras_model
from components.models.imported.imported_model import STUB_PREFIX, ImportedModel, read
from components.models.imported.parse import MOST_LAYERS
from components.models.imported.safe_text import MOST_BYTES

__all__ = [
    "MOST_BLOCKS",
    "MOST_BYTES",
    "MOST_LAYERS",
    "STUB_PREFIX",
    "ImportedModel",
    "is_keras_file",
    "is_keras_model",
    "read",
]
