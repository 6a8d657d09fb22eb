"""Cases of encoders: every input that each reads, with each of its variants."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import Any

import keras
import numpy as np

import tests.models.encoders
from components.models.encoders import ENCODERS
from components.models.inputs import INPUTS
from components.models.inputs.base import Input, encoders_for
from components.models.language.fields import Setting, settings
from components.models.language.recorder import Keras
from tests.strategies import borrows

Data = dict[str, Any]
Array = np.ndarray[Any, Any]
Weights = Mapping[str, list[Array]]
"""Weights of each layer by its name without the branch's, in the order of Keras."""

Formula = Callable[[Any, Array, Weights], Array]
Count = tuple[str, dict[str, Any], int]
"""Kind of input, the encoder's fields beside the small ones, and its number of weights."""


@dataclass(frozen=True)
class EncoderReference:
    """Reference of an encoder: its formula in NumPy, and its numbers of weights, counted by hand.

    There is no formula for an encoder that is one layer of Keras.
    """

    counts: Sequence[Count]
    formula: Formula | None = None


@cache
def references() -> dict[str, EncoderReference]:
    """Return all references by kind, from `REFERENCES` of the modules called `reference_…`."""
    references: dict[str, EncoderReference] = {}
    for info in pkgutil.iter_modules(tests.models.encoders.__path__):
        if info.name.startswith("reference_"):
            module = import_module(f"tests.models.encoders.{info.name}")
            assert not references.keys() & module.REFERENCES.keys()
            references.update(module.REFERENCES)
    return references


SIZES: dict[str, Data] = {
    "image": {"height": 12, "width": 10, "channels": 2},
    "spectrogram": {"frames": 12, "bands": 10},
    "tokens": {"vocabulary": 11, "length": 6},
    "embeddings": {"length": 6, "features": 5},
    "timeseries": {"length": 6, "features": 3},
    "vector": {"features": 5},
    "categorical": {"categories": 7},
}
"""Small fields for kinds of input; others are tried with their defaults."""
PAIRS = [
    (kind, encoder)
    for kind, concept in INPUTS.items()
    for encoder in encoders_for(concept.form)
    if not borrows(encoder)
]
"""Each kind of input with each encoder that reads it."""
STEPWISE = [(kind, encoder) for kind, encoder in PAIRS if "padding" in INPUTS[kind].model_fields]
"""Cases whose input has steps, some of which may be padding."""


def small(encoder: str, depth: int = 2) -> Data:
    """Return small values for an encoder's numbers, and the allowed depth nearest to `depth`.

    Its activation is the one that references know.
    """
    data: Data = {"kind": encoder}
    for setting in settings(ENCODERS[encoder]):
        if setting.name == "activation":
            data["activation"] = "relu"
        elif setting.name == "depth":
            data["depth"] = int(min(max(setting.minimum or 0, depth), setting.maximum or 0))
        elif setting.type == "int" and setting.minimum and setting.name != "convolutions":
            wide = setting.unit in ("units", "filters", "features")
            data[setting.name] = int(max(setting.minimum, 4 if wide else 2))
    return data


def variants(encoder: str, skip: Sequence[str] = ()) -> Iterator[Data]:
    """Yield a small encoder, and each change of a switch, choice or optional layer by itself."""
    plain = small(encoder)
    yield plain
    for setting in settings(ENCODERS[encoder], skip=("depth", "activation", *skip)):
        for value in _others(setting):
            yield {**plain, setting.name: value}


def _others(setting: Setting) -> list[Any]:
    if setting.type == "bool":
        return [not setting.default]
    if {"same", "relu"} <= set(setting.options):
        return ["tanh"]
    if setting.type == "choice":
        return [option for option in setting.options if option != setting.default]
    if setting.minimum == 0:
        return [3 if setting.type == "int" else 0.5]
    return []


def titled(kind: str, data: Data) -> str:
    """Return the name of a variant: its kind and its difference from the small encoder."""
    plain = small(data["kind"])
    more = [f"{field}={value}" for field, value in data.items() if plain.get(field) != value]
    return "-".join([kind, data["kind"], *more])


class Branch:
    """Input `a` behind its encoder, with weights that are all away from zero."""

    def __init__(self, kind: str, encoder: Data, seed: int = 1, **fields: Any) -> None:
        data = {"name": "a", **SIZES.get(kind, {}), **fields, "encoder": encoder}
        self.given: Input = INPUTS[kind].model_validate(data)
        self.k = Keras(reserved=["a"])
        self.input = self.given.tensors(self.k)[-1]
        self.out = self.given.encoder.features(self.k, self.input, self.given)
        self.model = keras.Model(self.input, self.out)
        self._shake(np.random.default_rng(seed))

    def __call__(self, x: Array) -> Array:
        return np.asarray(self.model(x, training=False))

    def held(self, x: Array) -> Array:
        """Return which steps of the features hold data, (batch, steps)."""
        return np.asarray(self._masks(x))

    @cached_property
    def _masks(self) -> keras.Model:
        mask = self.k.mask(self.out)
        assert mask is not None
        return keras.Model(self.input, mask)

    def batch(self, rows: int = 4, length: int = 9, seed: int = 0) -> Array:
        """Return a batch without padding; an open length is `length`."""
        shape = [length if axis is None else axis for axis in self.given.shape]
        return values(self.given, (rows, *shape), seed)

    @property
    def weights(self) -> Weights:
        return {
            layer.name.removeprefix("a_"): [np.asarray(w) for w in layer.weights]
            for layer in self.model.layers
            if layer.weights
        }

    def _shake(self, rng: np.random.Generator) -> None:
        for weight in self.model.weights:
            if weight.path.endswith("variance"):
                weight.assign(rng.uniform(0.5, 1.5, weight.shape))
            else:
                weight.assign(weight + rng.normal(scale=0.3, size=weight.shape))


def values(given: Input, shape: tuple[int, ...], seed: int = 0) -> Array:
    """Return allowed values of an input, without zeros, because they have another meaning."""
    rng = np.random.default_rng(seed)
    if given.cardinality:
        return rng.integers(min(1, given.cardinality - 1), given.cardinality, shape, given.dtype)
    return rng.normal(size=shape).astype(given.dtype)
