"""A Keras model from elsewhere, read from JSON, a `.keras` archive or HDF5 as data.

No code in the file is decoded or run. Keras is asked for the shapes and weights of its own layers,
which are made without weights if they are on the lists of `allowed`. All else is unknown, and shown
as unknown.
"""

from components.keras_json.blocks import MOST as MOST_BLOCKS
from components.keras_json.files import is_keras_file, is_keras_model
from components.keras_json.imported_model import STUB_PREFIX, ImportedModel, read
from components.keras_json.parse import MOST_LAYERS
from components.keras_json.text import MOST_BYTES

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
