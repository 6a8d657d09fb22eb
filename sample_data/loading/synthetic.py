"""Data generated from a relation for an architecture."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from components.base.errors import DataError, suggest
from components.base.text import quoted
from components.models.architecture.architecture import Architecture
from components.models.encoders.shared import Shared
from components.models.heads.base import Head
from components.models.language.fields import Setting, first_field, number, settings
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset, target_width, with_presences
from sample_data.core.latent import CauseLayout, LatentSample
from sample_data.relations import RELATIONS
from sample_data.relations.base import Relation
from sample_data.renderers import renderer_of
from sample_data.renderers.base import RenderContext, full_shape

if TYPE_CHECKING:
    AnyRelation = Relation
else:
    AnyRelation = RELATIONS.union()


_WORLD, _CAUSES, _NOISE, _RENDERING, _LABEL_NOISE = range(5)
_BYTES = 4


class DataSpec(BaseModel):
    """Synthetic data: a relation with its settings, the number of samples, and the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: AnyRelation
    samples: int = number(
        2000, 20, 200000, "Number of samples, held-out ones included.", step=100, unit="samples"
    )
    seed: int = number(
        0,
        0,
        2**32 - 1,
        "Random seed of the data. The same seed gives the same data.",
        title="Data seed",
    )
    difficulty: float = number(
        0.2,
        0,
        1,
        "How hard the causes are to see in the inputs. Labels don't depend on it.",
        step=0.1,
    )


def parse_data(text: str) -> Relation:
    """Parse a relation's name and settings, such as `xor` or `additive:noise=0.5,label_noise=0.1`.

    Raises `DataError` for an unknown relation or setting, and for a value out of range.
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in RELATIONS:
        raise DataError(f"There is no relation `{kind}`.", kind, suggest(kind, RELATIONS))
    known = {setting.name: setting for setting in settings(RELATIONS[kind])}
    values: dict[str, str] = {}
    for part in rest.split(",") if rest else ():
        name, value = _setting(part, kind, known)
        if name in values:
            raise DataError(
                "Each setting may be given only once.", text, f"Leave one `{name}` out."
            )
        values[name] = value
    try:
        return RELATIONS[kind].model_validate(values)
    except ValidationError as error:
        name = first_field(error)
        raise DataError(
            f"`{name}` of `{kind}` is outside its range.", values[name], _fix(known[name])
        ) from None


def _setting(part: str, kind: str, known: dict[str, Setting]) -> tuple[str, str]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if name not in known:
        raise DataError(f"`{kind}` has no setting `{name}`.", name, suggest(name, known))
    if not equals or not value:
        raise DataError("A setting is written as `name=value`.", part, _fix(known[name]))
    return name, value


def _fix(setting: Setting) -> str:
    if setting.options:
        return f"Choose one of {quoted(setting.options)}."
    return f"Give a number from {setting.minimum} to {setting.maximum}."


def plan_of(architecture: Architecture) -> CauseLayout:
    """Return each input's capacity for hidden causes, and the number of classes of each head."""
    capacities = tuple(renderer_of(branch).capacity(branch) for branch in architecture.data_inputs)
    return CauseLayout(capacities, tuple(_classes(head) for head in architecture.data_heads))


def make(architecture: Architecture, data: DataSpec, draw: int = 0) -> Dataset:
    """Generate data for the architecture's inputs and heads, reproducible by seed.

    Another `draw` gives other samples with the same directions, colours and ids, such as a test
    set. Inputs that share an encoder share their directions. Raises `DataError` if the inputs can't
    show the relation's causes.
    """
    dataset = make_targets(architecture, data, draw)
    layout, relation = plan_of(architecture), data.relation
    inputs = {}
    for index, branch in enumerate(architecture.data_inputs):
        noise = _rng(data.seed, _NOISE, draw, index)
        cause = relation.noisy(layout, index, dataset.causes[branch.name], noise)
        world = _rng(data.seed, _WORLD, 0, _encoder_owner(architecture, index))
        context = RenderContext(world, _rng(data.seed, _RENDERING, draw, index), data.difficulty)
        inputs[branch.name] = renderer_of(branch).draw(branch, cause, context)
    return with_presences(architecture, replace(dataset, inputs=inputs))


def make_targets(architecture: Architecture, data: DataSpec, draw: int = 0) -> Dataset:
    """Generate the data of `make` without inputs: causes, labels and absences, which is fast.

    Raises `DataError` if the inputs can't show the relation's causes.
    """
    layout, relation = plan_of(architecture), data.relation
    sample = relation.draw(layout, data.samples, _rng(data.seed, _CAUSES, draw, 0))
    targets = {
        head.name: _target(
            head, index, sample, relation, _rng(data.seed, _LABEL_NOISE, draw, index)
        )
        for index, head in enumerate(architecture.data_heads)
    }
    names = (branch.name for branch in architecture.data_inputs)
    return Dataset({}, targets, dict(zip(names, sample.causes, strict=True)), sample.absent)


def nbytes(architecture: Architecture, data: DataSpec) -> int:
    """Return the memory that the arrays of `make` will take, in bytes, without generating them."""
    numbers = sum(math.prod(full_shape(branch)) for branch in architecture.data_inputs)
    numbers += sum(target_width(head) for head in architecture.data_heads)
    one = data.relation.draw(plan_of(architecture), 1, np.random.default_rng(0))
    numbers += sum(cause.size for cause in one.causes)
    return numbers * data.samples * _BYTES


def _rng(seed: int, stream: int, draw: int, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, stream, draw, index])


def _encoder_owner(architecture: Architecture, index: int) -> int:
    """Return the index of the input that owns an input's encoder."""
    encoder = architecture.data_inputs[index].encoder
    if not isinstance(encoder, Shared):
        return index
    lender = next(branch for branch in architecture.inputs if branch.name == encoder.branch)
    names = [branch.name for branch in architecture.data_inputs]
    return names.index(lender.reads or lender.name)


def _classes(head: Head) -> int:
    """Return the number of classes of a head; 0 for real values."""
    if head.target == "values":
        return 0
    return 2 if head.target == "binary" else head.width


def _target(
    head: Head, index: int, sample: LatentSample, relation: Relation, rng: np.random.Generator
) -> Array:
    if head.target == "values":
        values = _with_random_labels(
            relation.values(sample, index), relation.label_noise, None, rng
        )
        return np.repeat(values[:, None], head.width, axis=1)
    labels = _with_random_labels(
        relation.labels(sample, index), relation.label_noise, _classes(head), rng
    )
    return labels[:, None].astype(np.float32 if head.target == "binary" else np.int32)


def _with_random_labels(
    labels: Array, share: float, classes: int | None, rng: np.random.Generator
) -> Array:
    """Replace a share of labels by random ones: any class, or the value of any sample."""
    if not share:
        return labels
    count = len(labels)
    drawn = (
        labels[rng.integers(0, count, count)]
        if classes is None
        else rng.integers(0, classes, count)
    )
    return np.where(rng.random(count) < share, drawn, labels)
