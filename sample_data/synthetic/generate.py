"""Draws synthetic data for an architecture: inputs, targets and hidden causes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from components.core.registry import kind_of
from components.encoders.shared import Shared
from components.heads.base import Head
from components.model.spec import Architecture
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset, target_width
from sample_data.core.latent import LatentSample, Plan
from sample_data.relations import RELATIONS
from sample_data.relations.base import Relation
from sample_data.renderers import RENDERERS
from sample_data.renderers.base import full_shape
from sample_data.synthetic.spec import DataSpec

if TYPE_CHECKING:
    AnyRelation = Relation
else:
    AnyRelation = RELATIONS.union()

_WORLD, _CAUSES, _NOISE, _RENDERING, _LABEL_NOISE = range(5)
_BYTES = 4


def plan_of(architecture: Architecture) -> Plan:
    """What the architecture's inputs can show of hidden causes, and the classes of its heads."""
    capacities = (
        RENDERERS[kind_of(type(given))]().capacity(given) for given in architecture.inputs
    )
    return Plan(tuple(capacities), tuple(_classes(head) for head in architecture.heads))


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
    numbers += sum(target_width(head) for head in architecture.heads)
    one = data.relation.draw(plan_of(architecture), 1, np.random.default_rng(0))
    numbers += sum(cause.size for cause in one.causes)
    return numbers * data.samples * _BYTES


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


def _target(
    head: Head, place: int, truth: LatentSample, relation: Relation, rng: np.random.Generator
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
