"""Heads from the outputs of a person's own Keras model, and true labels or values of samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Literal

import numpy as np

from components.base.errors import DataError
from components.base.text import size_text
from components.experiments.inspection.basis.coalitions import InspectedHead
from components.experiments.inspection.unit_labels import UnitLabels
from components.models.heads.base import Target
from sample_data.core.arrays import Array

Form = Literal["probabilities", "log-probabilities", "logits", "values"]
Metric = Callable[[Array, Array], Any]
"""Function of true labels or values, and of predictions, that returns a number for each sample."""
SURE = 1e-12
"""Distance of probabilities from 0 and 1, so that their logits are finite."""
SUM = 1e-3
"""Tolerance for the sum of the probabilities of a sample."""
LABELS_ALONE = (
    "Labels alone don't say how sure a model is, and the predictions for many values of an unknown "
    "input are averaged."
)
RETURN_PROBABILITIES = "Let it return probabilities, as `predict_proba` does."
COLUMNS = "put the columns of y in that order"
"""Way to set the order of classes that are columns of 0 and 1."""


@dataclass(frozen=True)
class OutputFacts:
    """Facts about an output that its numbers don't tell."""

    activation: str = ""
    """Last activation, `sigmoid` or `softmax`; empty if unknown."""
    classes: tuple[Any, ...] = ()
    """Label of each unit; empty if unknown."""
    way: str = "give that as `classes`"
    """Way to set the order of the labels, as the end of a sentence."""


@dataclass(frozen=True)
class MeasuredHead(InspectedHead):
    """Head whose quality may be a user's metric in place of accuracy or R²."""

    metric: Metric | None = None

    @property
    def metric_name(self) -> str:
        """Name of the metric; empty without one."""
        return getattr(self.metric, "__name__", "metric") if self.metric else ""

    def qualities(self, predictions: Array) -> Array:
        """Return the quality of each sample, (N,).

        Raises `DataError` if the metric does not return one finite number for each.
        """
        if self.metric is None:
            return super().qualities(predictions)
        numbers = np.asarray(self.metric(self.truth, predictions))
        is_number = numbers.dtype.kind in "biuf"
        fits = is_number and numbers.shape == (len(predictions),)
        if not fits or not np.isfinite(numbers).all():
            raise DataError(
                f"A metric needs to return one finite number a sample, {len(predictions):,} here.",
                size_text(numbers.shape) or f"a single {'number' if is_number else 'value'}",
                "Return the number of each sample and not their mean.",
            )
        return numbers.astype(np.float64)


@dataclass(frozen=True)
class OwnOutput:
    """Output of a model, with its conversion to the scores of one or more heads."""

    name: str
    form: Form
    target: Target
    truths: tuple[Array, ...]
    """True labels or values of its head, or of one head for each of several labels."""
    labels: UnitLabels | None = None
    """Labels of its units; `None` for values, and for several labels."""

    @property
    def note(self) -> str:
        """Note on the label of each unit; empty for values."""
        if self.labels is not None:
            return self.labels.note
        if self.target == "values":
            return ""
        return (
            f"`{self.name}` is read as {len(self.truths):,} labels, one for each column of y: "
            "a sample may have several or none."
        )

    @property
    def head_names(self) -> tuple[str, ...]:
        """Names of its heads: that of the output, or numbered ones for several labels."""
        if len(self.truths) == 1:
            return (self.name,)
        return tuple(f"{self.name} {number + 1}" for number in range(len(self.truths)))

    def on(self, samples: Array) -> OwnOutput:
        """Return the same output for some of the samples."""
        return replace(self, truths=tuple(truth[samples] for truth in self.truths))

    def scores(self, outputs: Array) -> list[Array]:
        """Return the scores (R, width) of each head for outputs (R, width)."""
        outputs = _finite(self.name, outputs)
        if self.target == "values":
            return [outputs]
        if self.form == "probabilities":
            sure = outputs.clip(SURE, 1 - SURE)
            outputs = np.log(sure) - (np.log1p(-sure) if self.target == "binary" else 0)
        elif self.form == "log-probabilities":
            outputs = outputs.clip(min=np.log(SURE))
        if len(self.truths) == 1:
            return [outputs]
        return [outputs[:, [number]] for number in range(len(self.truths))]

    def heads(self, reads: Sequence[int], metric: Metric | None) -> list[InspectedHead]:
        """Return its heads; `reads` has the inputs that they depend on."""
        pairs = zip(self.head_names, self.truths, strict=True)
        return [
            MeasuredHead(name, self.target, tuple(reads), truth, metric) for name, truth in pairs
        ]


def output_of(
    name: str,
    outputs: Array,
    truth: Any,
    seen: Array | None = None,
    facts: OutputFacts | None = None,
) -> OwnOutput:
    """Determine the kind of an output from its numbers (S, width) for some samples and all truths.

    `seen` are the samples of the numbers, by default the first ones. Raises `DataError` if they
    don't match, or for labels without probabilities.
    """
    facts = facts or OutputFacts()
    array, wanted = np.asarray(outputs), _plain(name, _table(np.asarray(truth)))
    is_text = wanted.dtype.kind in "US"
    if array.dtype.kind in "OUSb" or (array.dtype.kind in "iu" and wanted.dtype.kind != "f"):
        raise DataError(LABELS_ALONE, f"the output {name} has {array.dtype}", RETURN_PROBABILITIES)
    table = _finite(name, array)
    if wanted.dtype.kind == "f" and not np.isfinite(wanted).all():
        raise DataError(
            f"The labels or values of {name} have numbers that are not finite.",
            "",
            "Leave those samples out.",
        )
    form: Form = "probabilities" if facts.activation else _form(table)
    if wanted.shape[1] > 1:
        return _several(name, table, wanted, form, facts)
    seen = np.arange(len(table)) if seen is None else seen
    if table.shape[1] > 1:
        form, predicted = _class_form(form, table, facts), table.argmax(axis=1)
        units, named = _units(name, table, facts).read(wanted[:, 0], seen, predicted)
        return OwnOutput(name, form, "classes", (units,), named)
    labels = np.unique(wanted)
    two = bool(facts.classes) or (len(labels) <= 2 and (is_text or wanted.dtype.kind in "biu"))
    if two or (form != "values" and set(labels) <= {0.0, 1.0}):
        form = "logits" if form == "values" else form
        high = (table[:, 0] > (0 if form == "logits" else 0.5)).astype(np.int64)
        units, named = _units(name, table, facts).read(wanted[:, 0], seen, high)
        return OwnOutput(name, form, "binary", (units,), named)
    if is_text:
        raise DataError(
            f"The output {name} has one number a sample, which is enough for two classes.",
            f"{len(labels):,} different labels",
            "Give a model with a probability of each class, or numbers as values.",
        )
    return OwnOutput(name, "values", "values", (wanted.astype(np.float64),))


def _several(name: str, table: Array, wanted: Array, form: Form, facts: OutputFacts) -> OwnOutput:
    """Return an output with several numbers for each sample: one-hot classes, labels or values."""
    if wanted.shape[1] != table.shape[1]:
        raise DataError(
            f"The output {name} has {table.shape[1]:,} numbers a sample.",
            f"y has {wanted.shape[1]:,}",
            "Give as many, or the number of the class.",
        )
    if wanted.dtype.kind in "US":
        raise DataError(
            f"The labels of {name} are texts in {wanted.shape[1]:,} columns.",
            "",
            "Give one label a sample, or columns of 0 and 1.",
        )
    is_label = set(np.unique(wanted)) <= {0, 1}
    exclude = form == "values" or _exclude(table, facts)
    if is_label and (wanted.sum(axis=1) == 1).all() and exclude:
        named = replace(
            _units(name, table, replace(facts, way=COLUMNS)),
            origin=f"The columns of y are the units of `{name}`",
        )
        form = _class_form(form, table, facts)
        return OwnOutput(name, form, "classes", (wanted.argmax(axis=1),), named)
    if is_label and (form != "values" or wanted.dtype.kind in "biu"):
        form = "logits" if form == "values" else form
        return OwnOutput(name, form, "binary", tuple(wanted.T.astype(np.int64)))
    return OwnOutput(name, "values", "values", (wanted.astype(np.float64),))


def _units(name: str, table: Array, facts: OutputFacts) -> UnitLabels:
    """Return the units of an output with their labels, or with numbers if these are unknown.

    Raises `DataError` if there are more or fewer classes than units.
    """
    width = max(2, table.shape[1])
    if facts.classes and len(facts.classes) != width:
        raise DataError(
            f"The output {name} tells {width:,} classes.",
            f"its classes are {len(facts.classes):,} labels",
            "Give the label of each unit.",
        )
    origin = f"The labels of `{name}` are in the order of its classes" if facts.classes else ""
    labels = facts.classes or tuple(range(width))
    return UnitLabels(name, labels, table.shape[1] == 1, facts.way, origin)


def _form(table: Array) -> Form:
    """Guess the form of numbers (N, width) from their values."""
    return "probabilities" if table.min() >= 0 and table.max() <= 1 else "values"


def _class_form(form: Form, table: Array, facts: OutputFacts) -> Form:
    """Return the form of an output with a number for each class; logits if not probabilities."""
    if form == "probabilities" and _exclude(table, facts):
        return form
    return "log-probabilities" if _sums_to_1(np.exp(table.clip(max=1))) else "logits"


def _exclude(table: Array, facts: OutputFacts) -> bool:
    """Return `True` if the units of an output exclude each other, as those of a softmax."""
    return facts.activation == "softmax" or (not facts.activation and _sums_to_1(table))


def _sums_to_1(table: Array) -> bool:
    return bool(np.abs(table.sum(axis=1) - 1).max() < SUM)


def _plain(name: str, labels: Array) -> Array:
    """Return labels or values of one type, also those that came as Python objects.

    Raises `DataError` for a mix of types, such as texts with gaps.
    """
    if labels.dtype != object:
        return labels
    values = labels.ravel().tolist()
    for kinds, dtype in ((str, np.str_), (bool, np.bool_), (Real, None)):
        if all(isinstance(value, kinds) for value in values):
            return np.array(values, dtype).reshape(labels.shape)
    examples = list({type(value): repr(value) for value in values}.values())
    raise DataError(
        f"The labels or values of {name} need to be all texts, or all numbers.",
        " and ".join(examples[:2]),
        "Leave samples without a label out.",
    )


def _finite(name: str, outputs: Array) -> Array:
    """Return outputs as (N, width). Raises `DataError` for NaN and infinity.

    Minus infinity is allowed: it is the logarithm of probability 0.
    """
    table = _table(outputs).astype(np.float64)
    if not (table < np.inf).all():
        raise DataError(
            f"The output {name} has numbers that are not finite.",
            "",
            "Check the model and its inputs.",
        )
    return table


def _table(array: Array) -> Array:
    """Reshape an array to (N, width)."""
    return array.reshape(len(array), -1)
