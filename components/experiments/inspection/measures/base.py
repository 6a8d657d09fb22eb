"""Base of measures, with their numbers, sentences and places in tables and charts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np

from components.experiments.inspection.basis.coalitions import Coalitions, InspectedHead
from components.experiments.inspection.basis.results import HeadInspection, Number
from components.models.language.registry import Concept, kind_of
from sample_data.core.arrays import Array

T = TypeVar("T")
SMALL = 0.02
"""Smallest difference that counts."""
BEYOND = 2.0
"""Smallest number of standard errors of a difference that counts."""


@dataclass(frozen=True)
class Subject:
    """Head of a model that is measured."""

    coalitions: Coalitions
    head: InspectedHead
    rng: np.random.Generator
    """Generator shared by all heads and measures, which draw from it in their order."""
    _known: dict[Any, Any] = field(default_factory=dict)

    def of_head(self, head: InspectedHead) -> Subject:
        """Return the subject for another head of the same model."""
        return Subject(self.coalitions, head, self.rng, self._known)

    def once(self, work: Callable[[Subject], T], each_head: bool = True) -> T:
        """Return the result of `work`, computed once for each head or for the whole model."""
        key = (work, self.head.name if each_head else None)
        if key not in self._known:
            self._known[key] = work(self)
        result: T = self._known[key]
        return result

    def by_input(self, read: Sequence[Number], unread: float = 0.0) -> tuple[Number, ...]:
        """Return a number for each input: `read` for those that the head reads, else `unread`."""
        numbers = dict(zip(self.head.reads, read, strict=True))
        every = range(len(self.coalitions.model.inputs))
        return tuple(numbers.get(index, Number(value=unread)) for index in every)


class InspectionMeasure(Concept):
    """Base of a measure of one head.

    Subclasses are used as classes and never instantiated; one file each. Each has a row in the
    table of a head. Its file also defines its place in the chart from chance to the quality.
    """

    of_inputs: ClassVar[bool] = False
    """`True` if it has a number for each input, `False` if one for the head."""
    sign: ClassVar[Literal["", "+"]] = ""
    """`+` if its numbers always have a sign."""
    means: ClassVar[str]
    """Meaning of the measure, in one phrase."""
    limit: ClassVar[str]
    """Limits of the measure, in sentences."""
    in_chart: ClassVar[Literal["", "step", "part"]] = ""
    """Place in the chart of shares: steps from chance to the quality, or a part beside them."""

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        """Return a number for each input, or one for the head; empty if it does not apply."""
        raise NotImplementedError

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        """Explain the numbers of a head in sentences. Names of inputs are in backticks."""
        raise NotImplementedError

    @classmethod
    def of(cls, head: HeadInspection) -> tuple[Number, ...]:
        """Return the measured numbers of a head."""
        return head.measures.get(kind_of(cls), ())

    @classmethod
    def values(cls, head: HeadInspection) -> tuple[float, ...]:
        """Return the measured values of a head, without errors."""
        return tuple(number.value for number in cls.of(head))

    @classmethod
    def text(cls, number: Number) -> str:
        """Format a number with its standard error, unless that is 0."""
        value = f"{number.value:{cls.sign}.3f}"
        return f"{value} ± {number.error:.3f}" if number.error else value


def mean_of(samples: Array) -> Number:
    """Return the mean of sample values (N,), with its standard error."""
    return Number(value=float(samples.mean()), error=float(standard_errors(samples)))


def standard_errors(samples: Array) -> Array:
    """Return the standard errors of means over the last axis, which has the samples."""
    errors: Array = samples.std(axis=-1) / np.sqrt(max(1, samples.shape[-1] - 1))
    return errors


def is_shown(number: Number) -> bool:
    """Return `True` if a difference is large enough, and beyond its error."""
    return abs(number.value) >= max(SMALL, BEYOND * number.error)


def leaders(measure: type[InspectionMeasure], head: HeadInspection) -> list[tuple[str, Number]]:
    """Return the input with the largest number, then those not shown to have a smaller one."""
    named = zip(head.inputs, measure.of(head), strict=True)
    first, *others = sorted(named, key=lambda one: (one[1].value, one[1].error), reverse=True)

    def tied(number: Number) -> bool:
        error = math.hypot(first[1].error, number.error)
        return first[1].value - number.value <= BEYOND * error

    return [first, *(other for other in others if tied(other[1]))]
