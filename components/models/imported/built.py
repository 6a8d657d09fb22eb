"""Keras model with the weights of its file, made only of Keras layers on the allowed lists."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.base.errors import ModelFileError
from components.models.architecture.costs import size
from components.models.imported.allowed import LAYERS, OPERATIONS, make, plain
from components.models.imported.files import checked_weights, opened
from components.models.imported.imported_model import ImportedModel, read
from components.models.imported.live import read_live
from components.models.imported.parse import Layer, Model, TensorReference, model
from components.models.imported.steps import in_order

MOST_PARAMETERS = 20_000_000
"""Maximum number of parameters of a model that is built."""
MOST_NUMBERS = 2**22
"""Maximum size of a layer's output for one sample: 16 MB."""
FP = "Measure it where its code is: `fp.contributions(model, x, y)`."


def built(content: bytes) -> Any:
    """Build the model of a `.keras` file, and load its weights. Raises `ModelFileError`.

    No code in the file runs: layers are created by name from the allowed lists, and only numbers
    are read from the file of weights.
    """
    _check_size(read(content))
    with opened(content) as (description, _):
        whole = _built(model(description))
    _check_size(read_live(whole).model)  # A file may give other shapes than its layers have.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.weights.h5")
        path.write_bytes(checked_weights(content))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # Keras warns about weights that were not loaded.
                whole.load_weights(path)
        except Exception as error:  # Keras raises errors of any kind for other weights.
            first = str(error).partition("\n")[0]
            raise ModelFileError("The weights don't fit the layers.", first, FP) from None
    return whole


def _check_size(imported: ImportedModel) -> None:
    """Raise `ModelFileError` for a model that is too large to build, or whose size is unknown."""
    if (parameters := imported.graph.model_parameters) > MOST_PARAMETERS:
        raise ModelFileError(
            f"A model with up to {MOST_PARAMETERS:,} parameters can be measured here.",
            f"{parameters:,}",
            FP,
        )
    for node in imported.graph.nodes:
        if "shape" not in node.unknown and size(node.shape) > MOST_NUMBERS:
            raise ModelFileError(
                f"A layer's output can have up to {MOST_NUMBERS:,} numbers here.",
                f"{node.keras_name} with {size(node.shape):,}",
                FP,
            )
        if {"shape", "parameters"} & {*node.unknown}:
            raise _unknown(node.keras_name, node.layer)


def _unknown(name: str, kind: str) -> ModelFileError:
    return ModelFileError(
        "Only models with layers of Keras itself, of known sizes, can be measured here.",
        f"{name} is a {kind}",
        FP,
    )


def _built(parsed: Model) -> Any:
    import keras

    layers = {layer.name: layer for layer in parsed.layers}
    real = {name: _layer(layer) for name, layer in layers.items() if layer.kind != "InputLayer"}
    if parsed.kind == "Sequential":
        inputs = [_input(layer) for layer in layers.values() if layer.kind == "InputLayer"]
        return keras.Sequential([*inputs, *real.values()], name=parsed.name)
    tensors: dict[tuple[str, int, int], Any] = {}
    for name, number in in_order(parsed, layers):
        layer = layers[name]
        if layer.kind == "InputLayer":
            outputs = [_input(layer)]
        else:
            call = layer.calls[number]
            args, named = _filled(list(call.args), tensors), _filled(call.named, tensors)
            outputs = keras.tree.flatten(_called(real[name], layer, args, named))
        tensors |= {(name, number, index): one for index, one in enumerate(outputs)}
    starts, ends = (
        [tensors[one.layer, one.call, one.tensor] for one in references]
        for references in (parsed.inputs, parsed.outputs)
    )
    return keras.Model(starts, ends, name=parsed.name)


def _layer(layer: Layer) -> Any:
    """Create a Keras layer. Raises `ModelFileError` for any other."""
    if layer.model is not None:
        return _built(layer.model)
    try:
        real = make(
            layer.kind, layer.module, layer.config, OPERATIONS if layer.operation else LAYERS
        )
    except Exception:  # Keras raises errors of any kind for values it can't take.
        raise _unknown(layer.name, layer.kind) from None
    real.name = layer.name
    return real


def _called(real: Any, layer: Layer, args: Any, named: Any) -> Any:
    try:
        return real(*args, **named)
    except Exception as error:
        first = str(error).partition("\n")[0]
        raise ModelFileError(f"The layer {layer.name} can't be called.", first, FP) from None


def _input(layer: Layer) -> Any:
    import keras

    size = plain(layer.config.get("batch_shape") or layer.config.get("batch_input_shape"))
    dtype = plain(layer.config.get("dtype"))
    return keras.Input(batch_shape=(None, *size[1:]), dtype=dtype, name=layer.name)


def _filled(value: Any, tensors: Mapping[tuple[str, int, int], Any]) -> Any:
    """Replace the references in a call's arguments by their tensors."""
    if isinstance(value, TensorReference):
        return tensors[value.layer, value.call, value.tensor]
    if isinstance(value, list):
        return [_filled(item, tensors) for item in value]
    if isinstance(value, Mapping) and "class_name" not in value:
        return {key: _filled(item, tensors) for key, item in value.items()}
    return plain(value)
