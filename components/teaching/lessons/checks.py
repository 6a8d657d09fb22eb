"""The five kinds of check as frozen values; `judging` judges them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from components.base.errors import LessonError
from components.experiments.training.requests import Settings
from components.sharing.links.link import plain_parts
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec

Id = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]
Sentence = Annotated[str, Field(max_length=500)]
Value = bool | Annotated[int, Field(ge=-(10**15), le=10**15)] | float | str


class _CheckPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Check(_CheckPart):
    id: Id
    text: Annotated[str, Field(min_length=1, max_length=600)]
    """Task or question, in Markdown."""

    @property
    def right(self) -> str:
        """Right answer as text; empty if none is known."""
        return ""

    @property
    def has_answer(self) -> bool:
        """`True` if the right answer is known."""
        return bool(self.right)


class Condition(_CheckPart):
    """One condition on a fact of the architecture (see `facts`).

    All comparisons that are set must hold. A fact with several values, such as `strategies`, meets
    `any_of` if one of them is listed, `none_of` if none is, and the other comparisons if all of
    them do. A fact without a value meets only `none_of`.
    """

    of: str = Field(max_length=120)
    at_least: float | None = None
    at_most: float | None = None
    equals: Value | None = None
    any_of: tuple[Value, ...] = ()
    none_of: tuple[Value, ...] = ()
    otherwise: Sentence = ""
    """Feedback if it does not hold; empty for a generated sentence."""

    @model_validator(mode="after")
    def _compares(self) -> Self:
        comparisons = (self.at_least, self.at_most, self.equals)
        if all(one is None for one in comparisons) and not self.any_of + self.none_of:
            raise LessonError(
                "A condition needs something to compare its fact with.",
                self.of,
                "Add `at_least`, `at_most`, `equals`, `any_of` or `none_of`.",
            )
        return self


class BetCheck(_Check):
    """A prediction, locked before the runs that answer it are known."""

    kind: Literal["bet"]
    options: Annotated[tuple[str, ...], Field(min_length=2, max_length=12)]
    answer: str = ""
    """Right option, shown after `reveal` has passed."""
    reveal: str = ""
    """Id of the check whose runs answer the bet. Once they are known, a bet is late."""

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        _require_different(self.options)
        if self.answer and self.answer not in self.options:
            raise LessonError(
                "A bet's `answer` can only be one of its options.",
                self.answer,
                "Copy one of them, or leave it out.",
            )
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        """Options to choose from."""
        return self.options

    @property
    def right(self) -> str:
        """Right option; empty if the lesson names none."""
        return self.answer

    def is_right(self, answer: str | float) -> bool:
        """Return `True` for the right answer; always `False` without one."""
        return self.has_answer and answer == self.answer


class ArchitectureCheck(_Check):
    """Conditions on the present architecture, which must be one that can be built."""

    kind: Literal["architecture"]
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=12)]
    keeps: bool = False
    """`True` to keep the model that passes: the check stays passed if a later step asks for another
    model. `Lesson.earlier` has the solution's model.
    """


class OtherTraining(_CheckPart):
    """Data and settings that differ from those of the lesson's start."""

    data: Annotated[DataSpec | CollectionSpec, PlainSerializer(plain_parts)] | None = None
    settings: Settings | None = None


class RunsCheck(_Check):
    """A check of the score of the present architecture over several seeds, at its first head.

    The architecture must read and predict the same data as the solution. Seed s trains with
    settings of seed s, on samples whose seed is s higher, as in a race.
    """

    kind: Literal["runs"]
    seeds: int = Field(3, ge=1, le=20)
    """Least number of seeds."""
    most_seeds: int = Field(0, ge=0, le=20)
    """Maximum number of seeds that can be trained; 0 for `seeds`."""
    training: OtherTraining | None = None
    at_least: float | None = None
    """Least mean."""
    below: float | None = None
    """Upper limit of the mean, for a lesson in which something should fail."""
    beats: str = ""
    """Reference model with a mean lower by more than seed-to-seed variation (paired test, 5 %)."""
    ties: str = ""
    """Reference model: the difference's 95 % interval must lie between -`within` and `within`."""
    within: float = Field(0.01, gt=0)
    """Largest difference of a tie: 0.01 is a point of accuracy."""
    apart: str = ""
    """Reference model whose 95 % interval must lie below this one's, without overlap."""
    conditions: tuple[Condition, ...] = ()
    """Conditions that the trained architecture must meet."""
    otherwise: Sentence = ""
    """Feedback beside the figures if they are not reached."""

    @model_validator(mode="after")
    def _seeds_fit(self) -> Self:
        if self.most_seeds and self.most_seeds < self.seeds:
            raise LessonError(
                "`most_seeds` can't be less than `seeds`.",
                self.most_seeds,
                "Raise it, or leave it out.",
            )
        return self

    @property
    def compared(self) -> tuple[str, ...]:
        """Reference models that it compares with."""
        return tuple(name for name in (self.beats, self.ties, self.apart) if name)


class NumberCheck(_Check):
    """A number that the learner types."""

    kind: Literal["number"]
    answer: float
    tolerance: float = Field(0.0, ge=0)
    unit: str = Field("", max_length=20)
    low: Sentence = ""
    """Feedback on a number that is too low."""
    high: Sentence = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """Empty, because the answer is typed."""
        return ()

    @property
    def right(self) -> str:
        """Right number with its unit."""
        return f"{self.answer:,.10g} {self.unit}".strip()

    def is_right(self, answer: str | float) -> bool:
        """Return `True` if a number is the answer, within the tolerance."""
        distance = abs(float(answer) - self.answer)
        return distance <= self.tolerance + 1e-9 * abs(self.answer)


class Option(_CheckPart):
    """One option of a choice, with feedback if it is wrong."""

    text: Annotated[str, Field(min_length=1, max_length=300)]
    right: bool = False
    otherwise: Sentence = ""


class ChoiceCheck(_Check):
    """A choice of one from several options."""

    kind: Literal["choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=12)]

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        _require_different(self.choices)
        if not any(option.right for option in self.options):
            raise LessonError(
                "A choice needs a right option.", self.id, "Set `right: true` for one."
            )
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        """Options to choose from."""
        return tuple(option.text for option in self.options)

    @property
    def right(self) -> str:
        """Right option, or right options."""
        return " / ".join(option.text for option in self.options if option.right)

    def is_right(self, answer: str | float) -> bool:
        """Return `True` if an answer is a right option."""
        return any(option.right and option.text == answer for option in self.options)


Check = Annotated[
    BetCheck | ArchitectureCheck | RunsCheck | NumberCheck | ChoiceCheck,
    Field(discriminator="kind"),
]
Question = Annotated[BetCheck | ChoiceCheck | NumberCheck, Field(discriminator="kind")]
"""Check that can be asked without a model. A bet is answered by runs, or by a race."""


def _require_different(options: Sequence[str]) -> None:
    for option in options:
        if options.count(option) > 1:
            raise LessonError("Two options of a check are the same.", option, "Change one of them.")
