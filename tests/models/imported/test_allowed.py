"""Lists of allowed classes: only Keras's own classes on them are created from a file."""

from __future__ import annotations

import copy
import inspect
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import keras
import pytest

from components.base.errors import ModelFileError
from components.models import imported
from components.models.imported import allowed
from components.models.imported.allowed import ARGUMENTS, LAYERS, OPERATIONS, Refused
from tests.models.imported.hostile_files import entry, layer, model

NOT_MADE = {
    "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix",
    "Discretization", "Equalization", "FlaxLayer", "InputLayer", "IntegerLookup", "JaxLayer",
    "Lambda", "Layer", "MaxNumBoundingBoxes", "MelSpectrogram", "MixUp", "Pipeline", "RandAugment",
    "RandomColorDegeneration", "RandomElasticTransform", "RandomErasing", "RandomGrayscale",
    "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSharpness",
    "STFTSpectrogram", "Solarization", "StringLookup", "TFSMLayer", "TextVectorization",
    "TorchModuleWrapper", "Wrapper",
}  # fmt: skip
"""Layers of Keras that contain code, read files or tables, create large arrays, or wrap others."""
OF_APPLICATIONS = {"CustomScaleLayer", "LayerScale", "StochasticDepth"}
KINDS = [
    (LAYERS, keras.layers.Layer, "keras.src."),
    (OPERATIONS, keras.Operation, "keras.src.ops."),
    (ARGUMENTS["initializer"], keras.initializers.Initializer, "keras.src.initializers."),
    (ARGUMENTS["regularizer"], keras.regularizers.Regularizer, "keras.src.regularizers."),
    (ARGUMENTS["constraint"], keras.constraints.Constraint, "keras.src.constraints."),
]


@pytest.mark.parametrize(("family", "base", "home"), KINDS)
def test_allowed_classes_are_of_keras_and_take_no_code(
    family: allowed.Family, base: type, home: str
) -> None:
    risky = {"call_fn", "file", "filepath", "fn", "function", "module", "path", "vocabulary"}
    for name in family.names:
        found = allowed.find_class(name, None, family)
        assert not risky & set(allowed.parameters_of(found)), name
        assert issubclass(found, base), name
        assert found.__module__.startswith(home)
        assert inspect.getmodule(found).__file__.startswith(keras.__path__[0])  # type: ignore[union-attr]


def test_the_layers_that_are_not_made_are_these() -> None:
    """Fail for a name that is allowed by mistake or new in Keras."""
    classes = [item for item in vars(keras.layers).values() if inspect.isclass(item)]
    own = {item.__name__ for item in classes if issubclass(item, keras.layers.Layer)}
    made = {allowed.find_class(name, None, LAYERS).__name__ for name in LAYERS.names}
    assert own - made == NOT_MADE
    assert made - own == OF_APPLICATIONS
    assert set(ARGUMENTS) == {"initializer", "regularizer", "constraint"}
    assert [family.modules for family in ARGUMENTS.values()] == [
        ("keras.initializers",), ("keras.regularizers",), ("keras.constraints",),
    ]  # fmt: skip


def test_a_list_grows_only_on_purpose() -> None:
    """Fail when a list grows: check what the new class can do, then change its number here."""
    counts = [len(family.names) for family, _, _ in KINDS]
    assert counts == [114, 66, 15, 4, 4]
    assert OPERATIONS.modules == ("keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.math")
    assert LAYERS.modules == (
        "keras.layers",
        "keras.src.applications.convnext",
        "keras.src.applications.inception_resnet_v2",
    )


MADE: list[type] = []
"""Classes that Keras instantiated while it read a file."""


class Harm:
    """Class that any user can register."""

    def __init__(self, *_: object, **__: object) -> None:
        MADE.append(type(self))

    def __call__(self, *_: object, **__: object) -> None:
        MADE.append(type(self))

    def get_config(self) -> dict[str, Any]:
        return {}


NAMES = ("Harm", "Custom>Harm", "Dense", "GlorotUniform")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Register a harmful class, and record every layer and operation that is created."""
    make = keras.Operation.__new__

    def watch(cls: type, *args: Any, **named: Any) -> Any:
        MADE.append(cls)
        return make(cls, *args, **named)

    MADE.clear()
    monkeypatch.setattr(keras.Operation, "__new__", watch)
    with keras.saving.CustomObjectScope(dict.fromkeys(NAMES, Harm)):
        for name in NAMES[:2]:
            monkeypatch.setitem(keras.saving.get_custom_objects(), name, Harm)
        yield


def only_allowed() -> None:
    strange = {
        made for made in MADE if not made.__module__.startswith("keras.src.")
    } | {made for made in MADE if made.__name__ in NOT_MADE}  # fmt: skip
    assert not strange
    MADE.clear()


CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAAA", "defaults": None}}
FUNCTION = {"module": "builtins", "class_name": "function", "config": "print"}
HARMS: list[Any] = [
    CODE, FUNCTION, "Harm", "Custom>Harm", "4wEAAAAA",
    *({"module": "keras.layers", "class_name": kind, "config": {}} for kind in sorted(NOT_MADE)),
    {"class_name": "Harm", "config": {}}, {"class_name": "Custom>Harm", "config": {}},
    {"module": "os", "class_name": "system", "config": "true", "registered_name": None},
    {"module": "os", "class_name": "Dense", "config": {"units": 3}},
    {"module": "keras.src.saving", "class_name": "Dense", "config": {"units": 3}},
    {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3},
     "registered_name": "Custom>Harm"},
    {"module": "keras.layers", "class_name": "Lambda", "config": {"function": CODE}},
    {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/"}},
    {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/"}},
    {"module": "keras", "class_name": "Sequential", "config": {"layers": []}},
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}}, {"a": 1},
]  # fmt: skip
PLACES = (
    *("layer", "activation", "kernel_initializer", "bias_regularizer", "kernel_constraint"),
    "dtype",
)


@pytest.mark.parametrize("harm", HARMS, ids=range(len(HARMS)))
def test_nothing_else_is_made(harm: Any, watched: None) -> None:
    wrapped = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}
    for place in PLACES:
        wide = {**wrapped, "config": {"units": 3, place: harm}}
        around = harm if place == "layer" else wide
        with pytest.raises((Refused, TypeError, ValueError)):
            allowed.make("TimeDistributed", None, {"layer": around, "units": 3})
        files = [model(entry(2, 4), layer("d", "TimeDistributed", "x", layer=around))]
        if isinstance(harm, dict) and "class_name" in harm:
            files.append(model(entry(), {**layer("d", "Dense", "x", units=3), **harm}))
        for file in files:
            MADE.clear()
            with suppress(ModelFileError):
                found = imported.read(json.dumps(file))
                assert found.graph.nodes[-1].unknown or harm["class_name"] == "Sequential"
            only_allowed()


@pytest.mark.parametrize(
    ("seed", "rounds"), [(1, 250), pytest.param(2, 10_000, marks=pytest.mark.matrix)]
)
def test_mutated_files_make_nothing_else(seed: int, rounds: int, watched: None) -> None:
    """Replace names and values of a file by harmful ones and by each other."""
    inner = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}}
    whole = keras.Sequential([
        keras.Input((6, 4)),
        keras.layers.Conv1D(3, 2, kernel_regularizer="l2", activation=keras.layers.ReLU()),
        keras.layers.Dense(2, bias_constraint="non_neg"),
    ])  # fmt: skip
    data = json.loads(whole.to_json())
    data["config"]["layers"].append(layer("t", "TimeDistributed", layer=inner))
    dice = random.Random(seed)
    values = [*HARMS, *NAMES, *sorted(NOT_MADE)]
    values += [-1, 1.5, 2**70, None, True, [], [[]], [None, "x"], {}]
    counted = 0
    MADE.clear()
    for _ in range(rounds):
        tried = copy.deepcopy(data)
        spots = list(_spots(tried))
        for _ in range(dice.randrange(1, 4)):
            holder, key = dice.choice(spots)
            other, name = dice.choice(spots)
            put = dice.choice(values) if dice.random() < 0.7 else other[name]
            if key in holder if isinstance(holder, dict) else key < len(holder):
                holder[key] = copy.deepcopy(put)
        with suppress(ModelFileError, RecursionError):
            imported.read(json.dumps(tried))
            counted += bool(MADE)
        only_allowed()
    assert counted > rounds / 4


def _spots(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in nested data: its container and its key."""
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield data, key
        yield from _spots(data[key])
