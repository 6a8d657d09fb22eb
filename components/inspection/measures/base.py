"""What a measure of an inspection has: its numbers, its sentences, and where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np

from components.core.registry import Concept, kind_of
from components.inspection.basis.coalitions import Coalitions, InspectedHead
from components.inspection.basis.results import HeadInspection, Number
from sample_data.core.arrays import Array

T = TypeVar("T")
SMALL = 0.02
"""A difference that is smaller is called none."""
BEYOND = 2.0
"""Standard errors of a difference from which it is shown."""


@dataclass(frozen=True)
class Subject:
    """The head of a model that is measured."""

    coalitions: Coalitions
    head: InspectedHead
    rng: np.random.Generator
    """The same for all heads and measures, which take from it in their order."""
    _known: dict[Any, Any] = field(default_factory=dict)

    def of_head(self, head: InspectedHead) -> Subject:
        """Another head of the same model."""
        return Subject(self.coalitions, head, self.rng, self._known)

    def once(self, work: Callable[[Subject], T], each_head: bool = True) -> T:
        """What `work` returns, computed once: for each head, or for the whole model."""
        key = (work, self.head.name if each_head else None)
        if key not in self._known:
            self._known[key] = work(self)
        result: T = self._known[key]
        return result

    def by_input(self, read: Sequence[Number], unread: float = 0.0) -> tuple[Number, ...]:
        """A number for each input: those of the inputs that the head reads, in their order."""
        numbers = dict(zip(self.head.reads, read, strict=True))
        every = range(len(self.coalitions.model.inputs))
        return tuple(numbers.get(index, Number(value=unread)) for index in every)


class InspectionMeasure(Concept):
    """A measure of one head. Its file is all that there is of it; it is never instantiated.

    Each has a row in the table of a head. Its file says whether it also stands in the table of a
    race, and in the chart that leads from chance to the quality.
    """

    of_inputs: ClassVar[bool] = False
    """Whether it has a number for each input, or else one for the head."""
    sign: ClassVar[Literal["", "+"]] = ""
    """`+` if its numbers always have a sign."""
    means: ClassVar[str]
    """What it is, in one phrase."""
    limit: ClassVar[str]
    """What it does not say, in sentences."""
    in_race: ClassVar[Literal["", "bar", "beside the bar", "column"]] = ""
    """Where it stands in a race's table: as a bar for each input, beside that, or in a column."""
    in_chart: ClassVar[Literal["", "step", "part"]] = ""
    """Whether its numbers are the steps from chance to the quality, or a part of the last bar."""

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        """The number of each input, or the one of the head; empty if it does not apply to it."""
        raise NotImplementedError

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        """What the numbers of a head say, in sentences. Names of inputs stand in backticks."""
        raise NotImplementedError

    @classmethod
    def of(cls, head: HeadInspection) -> tuple[Number, ...]:
        """What was measured of a head."""
        return head.measures.get(kind_of(cls), ())

    @classmethod
    def values(cls, head: HeadInspection) -> tuple[float, ...]:
        """What was measured of a head, without errors."""
        return tuple(number.value for number in cls.of(head))

    @classmethod
    def text(cls, number: Number) -> str:
        """A number with its standard error, unless that is 0."""
        value = f"{number.value:{cls.sign}.3f}"
        return f"{value} ± {number.error:.3f}" if number.error else value


def mean_of(samples: Array) -> Number:
    """The mean of the values of samples, (N,), with its standard error."""
    return Number(value=float(samples.mean()), error=float(standard_errors(samples)))


def standard_errors(samples: Array) -> Array:
    """The standard errors of means over the last axis, which has the samples."""
    errors: Array = samples.std(axis=-1) / np.sqrt(max(1, samples.shape[-1] - 1))
    return errors


def is_shown(number: Number) -> bool:
    """Whether a difference is large enough, and beyond its error."""
    return abs(number.value) >= max(SMALL, BEYOND * number.error)


def leaders(measure: type[InspectionMeasure], head: HeadInspection) -> list[tuple[str, Number]]:
    """The input with the largest number, then those that are not shown to have a smaller one."""
    named = zip(head.inputs, measure.of(head), strict=True)
    first, *others = sorted(named, key=lambda one: (one[1].value, one[1].error), reverse=True)

    def tied(number: Number) -> bool:
        error = math.hypot(first[1].error, number.error)
        return first[1].value - number.value <= BEYOND * error

    return [first, *(other for other in others if tied(other[1]))]
