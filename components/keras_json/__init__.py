"""A Keras model from elsewhere, read from the JSON of `model.to_json()` as data.

No layer is built from the file, and no code in it is decoded or run: rules of our own compute
shapes and weights. What they can't compute is unknown, and shown as unknown.
"""

from components.keras_json.blocks import MOST as MOST_BLOCKS
from components.keras_json.calls import MOST_LAYERS
from components.keras_json.cut import STUB_PREFIX
from components.keras_json.imported_model import ImportedModel
from components.keras_json.read import read
from components.keras_json.text import MOST_BYTES

__all__ = ["MOST_BLOCKS", "MOST_BYTES", "MOST_LAYERS", "STUB_PREFIX", "ImportedModel", "read"]
