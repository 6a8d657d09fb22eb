"""Data for an architecture: made from a relation, or read from a file, and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.core.errors import DataError, listing, suggest
from components.core.fields import Setting, hints, settings
from components.core.registry import kind_of
from components.encoders.shared import Shared
from components.heads.base import Head
from components.model.spec import Architecture
from sample_data._check import check_arrays, check_names
from sample_data._npz import Source, read_arrays, read_names, read_size
from sample_data.arrays import Array, Floats
from sample_data.relations import RELATIONS
from sample_data.relations.base import Plan, Relation, Truth
from sample_data.renderers import RENDERERS
from sample_data.renderers.base import full_shape

if TYPE_CHECKING:
    AnyRelation = Relation
else:
    AnyRelation = RELATIONS.union()

_WORLD, _CAUSES, _NOISE, _RENDERING, _LABEL_NOISE = range(5)
_BYTES = 4
ABSENT = "_absent_"
"""Starts the name of an array that says where an input is absent; no input's own name does."""


class DataSpec(BaseModel):
    """What data is made: a relation with its dials, how many samples, and the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: AnyRelation
    samples: int = Field(
        2000,
        ge=20,
        le=200000,
        description="Samples drawn in all, before any are held out.",
        json_schema_extra=hints(step=100, unit="samples"),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="The same seed gives the same data.",
        json_schema_extra=hints(step=1),
    )
    difficulty: float = Field(
        0.2,
        ge=0,
        le=1,
        description="How hard the causes are to see in the inputs; labels do not depend on it.",
        json_schema_extra=hints(step=0.1),
    )


@dataclass(frozen=True)
class Dataset:
    """Arrays for one architecture, N rows each.

    `inputs` by input name; `targets` by head name: binary float32 (N, 1) of 0 and 1, classes int32
    (N, 1), values float32 (N, outputs). `causes` by input name, float32 (N, numbers) or (N, steps,
    numbers), clean of noise; empty for data read from a file. `absent` (N, inputs) is true where an
    input can be taken away, `None` where the data keeps all inputs.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    causes: dict[str, Floats] = field(default_factory=dict)
    absent: Array | None = None

    @property
    def samples(self) -> int:
        """The number of rows."""
        return len(next(iter(self.targets.values())))

    def with_absent(self, rows: Array) -> Dataset:
        """The same data with zeros for the absent inputs of those rows, as dropout shows them."""
        if self.absent is None:
            return self
        inputs = {}
        for place, (name, array) in enumerate(self.inputs.items()):
            gone = np.zeros(len(array), dtype=bool)
            gone[rows] = self.absent[rows, place]
            inputs[name] = np.where(gone.reshape(-1, *[1] * (array.ndim - 1)), 0, array).astype(
                array.dtype, copy=False
            )
        return replace(self, inputs=inputs)


def parse_data(text: str) -> Relation:
    """The relation a text such as `xor` or `additive:noise=0.5,label_noise=0.1` names.

    Raises `DataError` for an unknown relation or dial, and for a value the dial does not take.
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in RELATIONS:
        raise DataError("Data must name a known relation.", kind, suggest(kind, RELATIONS))
    known = {setting.name: setting for setting in settings(RELATIONS[kind])}
    given: dict[str, str] = {}
    for part in rest.split(",") if rest else ():
        name, value = _dial(part, kind, known)
        if name in given:
            raise DataError("A dial is set once.", text, f"Leave one `{name}` out.")
        given[name] = value
    try:
        return RELATIONS[kind].model_validate(given)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise DataError(
            f"`{name}` of `{kind}` must be a value it takes.", given[name], _fix(known[name])
        ) from None


def plan_of(architecture: Architecture) -> Plan:
    """What the architecture's inputs can show of hidden causes, and the classes of its heads."""
    slots = (RENDERERS[kind_of(type(given))]().slot(given) for given in architecture.inputs)
    return Plan(tuple(slots), tuple(_classes(head) for head in architecture.heads))


def make(architecture: Architecture, data: DataSpec, draw: int = 0) -> Dataset:
    """Data for the architecture's inputs and heads, the same for the same seed.

    Another `draw` gives other samples of the same world: the same directions, colours and ids, as
    for a test set. Inputs that share an encoder are drawn in the same directions. Raises
    `DataError` where the inputs cannot show the relation's causes.
    """
    made = make_targets(architecture, data, draw)
    plan, relation = plan_of(architecture), data.relation
    inputs = {}
    for place, given in enumerate(architecture.inputs):
        inputs[given.name] = RENDERERS[kind_of(type(given))]().draw(
            given,
            relation.noisy(
                plan, place, made.causes[given.name], _rng(data.seed, _NOISE, draw, place)
            ),
            _rng(data.seed, _WORLD, 0, _owner(architecture, place)),
            _rng(data.seed, _RENDERING, draw, place),
            data.difficulty,
        )
    return replace(made, inputs=inputs)


def make_targets(architecture: Architecture, data: DataSpec, draw: int = 0) -> Dataset:
    """The data of `make` without its inputs: causes, labels and what is absent, at little cost.

    Raises `DataError` where the inputs cannot show the relation's causes.
    """
    plan, relation = plan_of(architecture), data.relation
    truth = relation.draw(plan, data.samples, _rng(data.seed, _CAUSES, draw, 0))
    targets = {
        head.name: _target(head, place, truth, relation, _rng(data.seed, _LABEL_NOISE, draw, place))
        for place, head in enumerate(architecture.heads)
    }
    names = (given.name for given in architecture.inputs)
    return Dataset({}, targets, dict(zip(names, truth.causes, strict=True)), truth.absent)


def nbytes(architecture: Architecture, data: DataSpec) -> int:
    """Bytes the arrays of `make` will take, without making them."""
    numbers = sum(math.prod(full_shape(given)) for given in architecture.inputs)
    numbers += sum(_columns(head) for head in architecture.heads)
    one = data.relation.draw(plan_of(architecture), 1, np.random.default_rng(0))
    numbers += sum(cause.size for cause in one.causes)
    return numbers * data.samples * _BYTES


def check(architecture: Architecture, dataset: Dataset) -> None:
    """Raises `DataError` for the first array that does not fit the architecture.

    Names, shapes, kinds of number, lengths, NaN and infinite values, and the ranges of ids and
    labels are checked.
    """
    check_arrays(architecture, dataset.inputs, dataset.targets)


def load_npz(path: Source, architecture: Architecture, limit: int | None = None) -> Dataset:
    """Data from a `.npz` file with one array for each input and head, by name.

    An array (N,) stands for one column (N, 1), and whole numbers for real ones where those are
    wanted; floats become float32 and ids int32. An array `_absent_<input>`, (N,) of yes or no, says
    where that input can be taken away. `limit` is the most bytes the unpacked arrays may take.
    Raises `DataError` for a file that cannot be read, and all that `check` raises.
    """
    inputs_named = [given.name for given in architecture.inputs]
    needed = [*inputs_named, *(head.name for head in architecture.heads)]
    names = read_names(path)
    check_names(needed, [name for name in names if not name.startswith(ABSENT)], "input and head")
    size = read_size(path)
    if limit is not None and size > limit:
        raise DataError(
            f"Data takes at most {limit:,} bytes.", f"{size:,} bytes", "Save fewer samples."
        )
    found = read_arrays(path)
    inputs = {
        given.name: _tidy(found[given.name], not given.cardinality, given.shape == (1,))
        for given in architecture.inputs
    }
    targets = {
        head.name: _tidy(found[head.name], head.target != "classes", _columns(head) == 1)
        for head in architecture.heads
    }
    dataset = Dataset(inputs, targets)
    check(architecture, dataset)
    absent = _absent(inputs_named, found, dataset.samples)
    return Dataset(_narrow(inputs), _narrow(targets), absent=absent)


def absences(dataset: Dataset) -> dict[str, Array]:
    """Where inputs are absent, as arrays for a file: `_absent_<input>`, (N,) of yes or no."""
    if dataset.absent is None:
        return {}
    return {
        f"{ABSENT}{name}": dataset.absent[:, place] for place, name in enumerate(dataset.inputs)
    }


def _dial(part: str, kind: str, known: dict[str, Setting]) -> tuple[str, str]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if name not in known:
        raise DataError(f"`{kind}` has only dials it knows.", name, suggest(name, known))
    if not equals or not value:
        raise DataError("A dial is written `name=value`.", part, _fix(known[name]))
    return name, value


def _fix(setting: Setting) -> str:
    if setting.options:
        return f"Choose one of {listing(setting.options)}."
    return f"Give a number from {setting.minimum} to {setting.maximum}."


def _rng(seed: int, stream: int, draw: int, place: int) -> np.random.Generator:
    return np.random.default_rng([seed, stream, draw, place])


def _owner(architecture: Architecture, place: int) -> int:
    """The place of the input whose encoder this one goes through."""
    encoder = architecture.inputs[place].encoder
    if isinstance(encoder, Shared):
        return [given.name for given in architecture.inputs].index(encoder.branch)
    return place


def _classes(head: Head) -> int:
    """Classes of a head; 0 for real values."""
    if head.target == "values":
        return 0
    return 2 if head.target == "binary" else head.width


def _columns(head: Head) -> int:
    return head.width if head.target == "values" else 1


def _target(
    head: Head, place: int, truth: Truth, relation: Relation, rng: np.random.Generator
) -> Array:
    if head.target == "values":
        values = _replaced(relation.values(truth, place), relation.label_noise, None, rng)
        return np.repeat(values[:, None], head.width, axis=1)
    labels = _replaced(relation.labels(truth, place), relation.label_noise, _classes(head), rng)
    return labels[:, None].astype(np.float32 if head.target == "binary" else np.int32)


def _replaced(labels: Array, share: float, classes: int | None, rng: np.random.Generator) -> Array:
    """Labels with a share of them drawn anew: any class, or the value of any sample."""
    if not share:
        return labels
    count = len(labels)
    anew = (
        labels[rng.integers(0, count, count)]
        if classes is None
        else rng.integers(0, classes, count)
    )
    return np.where(rng.random(count) < share, anew, labels)


def _absent(inputs: Sequence[str], found: Mapping[str, Array], samples: int) -> Array | None:
    """Where inputs are absent, (N, inputs), from the arrays of a file that say so."""
    said = {name.removeprefix(ABSENT): found[name] for name in found if name.startswith(ABSENT)}
    for name, array in said.items():
        if name not in inputs:
            raise DataError(
                f"An array `{ABSENT}<input>` says where an input is absent.",
                f"{ABSENT}{name}",
                suggest(name, inputs),
            )
        if array.shape != (samples,) or array.dtype.kind != "b":
            raise DataError(
                f"`{ABSENT}{name}` holds yes or no for each of {samples:,} samples.",
                f"{array.dtype} of shape {array.shape}",
                "Convert it with `.astype(bool)`, or leave it out.",
            )
    if not said:
        return None
    nowhere = np.zeros(samples, dtype=bool)
    return np.stack([said.get(name, nowhere) for name in inputs], axis=1)


def _tidy(array: Array, real: bool, column: bool) -> Array:
    if column and array.ndim == 1:
        array = array[:, None]
    if real and array.dtype.kind in "fiub":
        with np.errstate(over="ignore"):
            return array.astype(np.float32, copy=False)
    return array


def _narrow(arrays: dict[str, Array]) -> dict[str, Array]:
    return {
        name: array.astype(np.int32, copy=False) if array.dtype.kind in "iu" else array
        for name, array in arrays.items()
    }
