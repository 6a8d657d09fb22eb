"""Classes that may be created from a file: Keras's own, by name, with plain values as arguments.

Nothing in a file is decoded, imported or looked up by name: a name must be on a list here.
Arguments are numbers, texts, lists and other objects on these lists.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from components.models.imported.safe_text import LARGEST

LONGEST_TEXT = 200
DEEPEST = 6
"""Maximum nesting of objects and lists in the arguments of a layer."""
_DTYPE = re.compile(r"(mixed_)?b?float(16|32|64)|u?int(8|16|32|64)|bool|string")


class Refused(Exception):
    """Error for an object in a file that must not be created."""


@dataclass(frozen=True)
class Family:
    """Names allowed in one place of a file, and the modules that define them."""

    modules: tuple[str, ...]
    names: frozenset[str]


LAYERS = Family(
    (
        "keras.layers",
        "keras.src.applications.convnext",
        "keras.src.applications.inception_resnet_v2",
    ),
    frozenset((
        "Activation", "ActivityRegularization", "Add", "AdditiveAttention", "AlphaDropout",
        "Attention", "Average", "BatchNormalization", "Bidirectional", "CategoryEncoding",
        "CenterCrop", "Concatenate", "CustomScaleLayer", "Dense", "Dot", "Dropout", "ELU",
        "EinsumDense", "Embedding", "Flatten", "GRU", "GRUCell", "GaussianDropout", "GaussianNoise",
        "GroupNormalization", "GroupQueryAttention", "HashedCrossing", "Hashing", "Identity",
        "LSTM", "LSTMCell", "LayerNormalization", "LayerScale", "LeakyReLU", "Masking", "Maximum",
        "Minimum", "MultiHeadAttention", "Multiply", "Normalization", "PReLU", "Permute",
        "RMSNormalization", "RNN", "RandomBrightness", "RandomColorJitter", "RandomContrast",
        "RandomCrop", "RandomFlip", "RandomGaussianBlur", "RandomHue", "RandomRotation",
        "RandomSaturation", "RandomShear", "RandomTranslation", "RandomZoom", "ReLU",
        "RepeatVector", "Rescaling", "Reshape", "Resizing", "ReversibleEmbedding", "SimpleRNN",
        "SimpleRNNCell", "Softmax", "SpectralNormalization", "StackedRNNCells", "StochasticDepth",
        "Subtract", "TimeDistributed", "UnitNormalization",
        *(
            f"{kind}{axes}D{ending}"
            for axes in (1, 2, 3)
            for kind, ending in (
                ("AdaptiveAveragePooling", ""), ("AdaptiveMaxPooling", ""), ("AveragePooling", ""),
                ("Conv", ""), ("Conv", "Transpose"), ("ConvLSTM", ""), ("Cropping", ""),
                ("GlobalAveragePooling", ""), ("GlobalMaxPooling", ""), ("MaxPooling", ""),
                ("SpatialDropout", ""), ("UpSampling", ""), ("ZeroPadding", ""),
            )
        ),
        "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
    )),
)  # fmt: skip
OPERATIONS = Family(
    ("keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.math"),
    frozenset((
        "Abs", "Absolute", "Add", "All", "Any", "Clip", "Concatenate", "Cos", "Divide", "Elu",
        "Equal", "Erf", "Exp", "ExpandDims", "Gelu", "Greater", "GreaterEqual", "HardSigmoid",
        "HardSilu", "LeakyRelu", "Less", "LessEqual", "Log", "LogSoftmax", "LogicalAnd",
        "LogicalNot", "LogicalOr", "Matmul", "Max", "Maximum", "Mean", "Min", "Minimum", "Multiply",
        "Negative", "Normalize", "NotEqual", "OnesLike", "Power", "Prod", "Reciprocal", "Relu",
        "Relu6", "Reshape", "Rsqrt", "Selu", "Sigmoid", "Sign", "Silu", "Sin", "Softmax",
        "Softplus", "Sqrt", "Square", "Squeeze", "Stack", "Std", "Subtract", "Sum", "Swapaxes",
        "Tanh", "Transpose", "TrueDivide", "Var", "Where", "ZerosLike",
    )),
)  # fmt: skip
ARGUMENTS: Mapping[str, Family] = {
    "initializer": Family(
        ("keras.initializers",),
        frozenset((
            "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
            "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform",
            "TruncatedNormal", "VarianceScaling", "Zeros",
        )),
    ),
    "regularizer": Family(
        ("keras.regularizers",), frozenset(("L1", "L1L2", "L2", "OrthogonalRegularizer"))
    ),
    "constraint": Family(
        ("keras.constraints",), frozenset(("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"))
    ),
}  # fmt: skip
"""Families by the last word of an argument's name; objects of other arguments are layers."""
_OLD_NAMES = {
    "BatchNormalizationV1": "BatchNormalization",
    "CuDNNGRU": "GRU",
    "CuDNNLSTM": "LSTM",
    "GroupedQueryAttention": "GroupQueryAttention",
    "SyncBatchNormalization": "BatchNormalization",
}


def make(
    kind: str, module: object, config: Mapping[str, Any], family: Family = LAYERS, depth: int = 0
) -> Any:
    """Create a Keras object from its configuration. Raises `Refused`, or any error of Keras.

    Arguments that Keras no longer has are ignored, unless their value is `True`.
    """
    keras_class = find_class(kind, module, family)
    known = parameters_of(keras_class)
    unknown = [key for key, value in config.items() if key not in known and value is True]
    if unknown:
        raise Refused(unknown)
    return keras_class(**{
        key: _argument(key, value, depth)
        for key, value in config.items()
        if key in known and key != "name"
    })  # fmt: skip


def find_class(kind: str, module: object, family: Family) -> type:
    """Return the class with this name in a family. Raises `Refused` if it is not allowed."""
    kind = _OLD_NAMES.get(kind, kind)
    if kind not in family.names:
        raise Refused(kind)
    homes = map(importlib.import_module, family.modules)
    keras_class: type = next(vars(home)[kind] for home in homes if kind in vars(home))
    home = re.sub(r"^(tf_|tensorflow\.|tf\.)", "", module) if isinstance(module, str) else module
    if home is not None and home not in (*family.modules, keras_class.__module__):
        raise Refused(module)
    return keras_class


@cache
def parameters_of(keras_class: type) -> Mapping[str, inspect.Parameter]:
    """Return the named parameters of a Keras class, with those of its base classes."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    named: dict[str, inspect.Parameter] = {}
    for base in keras_class.__mro__[:-1]:
        own = inspect.signature(vars(base)["__init__"]) if "__init__" in vars(base) else None
        for name, parameter in own.parameters.items() if own else ():
            if parameter.kind in kinds and name != "self":
                named.setdefault(name, parameter)
    return named


def is_keras(module: object, registered: object) -> bool:
    """Return `True` if a class is Keras's own, from its module and registered name in the file.

    Keras 2 writes no module for its own layers; registered names start with their package.
    """
    if isinstance(registered, str) and not registered.startswith("keras>") and ">" in registered:
        return False
    roots = ("keras", "tf_keras", "tensorflow", "tf")
    return module is None or (isinstance(module, str) and module.partition(".")[0] in roots)


def is_layer(kind: str) -> bool:
    """Return `True` if Keras has a layer with this name that does what the name says."""
    import keras

    return kind != "Lambda" and hasattr(keras.layers, kind)


def family_of(argument: str) -> Family:
    """Return the family of an argument's objects, by the argument's name."""
    return ARGUMENTS.get(argument.rpartition("_")[2], LAYERS)


def dtype_name(value: object) -> str:
    """Return the name of a data type or of a layer's dtype policy; `float32` by default."""
    if isinstance(value, Mapping):
        config = value.get("config")
        value = config.get("name") if isinstance(config, Mapping) else None
    return value if isinstance(value, str) else "float32"


def plain(value: object) -> Any:
    """Return a copy of a value that may not contain objects. Raises `Refused`."""
    return _argument("", value, 0)


def _argument(key: str, value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise Refused("too deep")
    if value is None or isinstance(value, bool):
        return value
    if key == "dtype":
        return _dtype(value)
    if isinstance(value, int | float):
        if not abs(value) <= LARGEST:
            raise Refused(key)
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        items = [_argument(key, item, depth + 1) for item in value]
        return items[0] if key == "axis" and len(items) == 1 else items
    if isinstance(value, Mapping) and "class_name" in value and key:
        return _object(key, value, depth)
    if value == {}:
        return {}
    raise Refused(key)


def _object(key: str, value: Mapping[str, Any], depth: int) -> Any:
    kind, module, config = (value.get(name) for name in ("class_name", "module", "config"))
    if not isinstance(kind, str) or not isinstance(config, Mapping):
        raise Refused(key)
    if not is_keras(module, value.get("registered_name")):
        raise Refused(kind)
    return make(kind, module, config, family_of(key), depth + 1)


def _dtype(value: object) -> str:
    name = dtype_name(value)
    policy = value.get("class_name") if isinstance(value, Mapping) else "DTypePolicy"
    if policy not in ("DTypePolicy", "Policy") or not _DTYPE.fullmatch(name):
        raise Refused(name)
    return name


def _text(value: str) -> str:
    """Return a text, unless it is too long or registered: Keras looks some texts up as classes."""
    import keras

    if len(value) > LONGEST_TEXT or value in keras.saving.get_custom_objects():
        raise Refused(value)
    return value
