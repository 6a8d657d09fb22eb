"""A plan for a class as a frozen value, and its file: YAML both ways, as a lesson's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from components.core.errors import LessonError, suggest
from components.core.paths import ROOT
from components.core.text import join_names
from components.export.link import LinkContent, share
from components.lessons import library
from components.lessons.checks import ChoiceCheck, Id, NumberCheck, Question
from components.lessons.lesson import (
    Content,
    LessonPart,
    Line,
    file_parts,
    naming_place,
)
from components.lessons.yaml_text import yaml_text
from components.race.entries import parse_entry
from sample_data import presets
from sample_data.synthetic import parse_data

FOLDER = ROOT / "sample_data" / "plans"
MOST_ITEMS, MOST_MINUTES, MOST_SEEDS = 40, 90, 10
"""Items of a plan, minutes of an item, and seeds of a race."""
LONGEST_QUESTION, LONGEST_CHOICE = 200, 80
"""Letters of a question to a class, and of a choice."""
ShortText = Annotated[str, Field(max_length=2000)]


def _preset_or_model(value: object) -> object:
    return LinkContent(presets.load(value)) if isinstance(value, str) else value


class _PlanItem(LessonPart):
    title: Line
    minutes: int = Field(ge=1, le=MOST_MINUTES)
    text: ShortText = ""
    """What the projector shows: Markdown."""
    notes: ShortText = ""
    """What the teacher alone reads."""


class PauseItem(_PlanItem):
    """Time in which the teacher talks, or nothing happens."""

    kind: Literal["pause"]


class ModelItem(_PlanItem):
    """A model that the class sees: the name of a preset, or a model as in a lesson's start."""

    kind: Literal["model"]
    model: Annotated[Content, BeforeValidator(_preset_or_model)]

    @property
    def token(self) -> str:
        """The token of a link to the model. Raises `LinkError` if it is too long."""
        return share(self.model.architecture, self.model.data, self.model.settings)

    @model_validator(mode="after")
    def _can_be_shared(self) -> Self:
        _ = self.token
        return self


class LessonItem(_PlanItem):
    """A lesson that is sent to the class."""

    kind: Literal["lesson"]
    lesson: str
    """Its name, its link or its token."""
    step: int = Field(0, ge=0)
    """The step that it opens at, from 1; 0 for where each learner is."""

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        steps = len(library.find(self.lesson).steps)
        if self.step > steps:
            raise LessonError(
                f"The lesson `{self.lesson}` has {steps} steps.", self.step, "Name one of them."
            )
        return self


class AskItem(_PlanItem):
    """A question that the class answers; one that is asked twice gives before and after."""

    kind: Literal["ask"]
    question: Id


class RaceItem(_PlanItem):
    """A race of merges on the small model of two vectors."""

    kind: Literal["race"]
    entries: Annotated[tuple[str, ...], Field(max_length=12)] = ()
    """The strategies; empty for what the learners have submitted."""
    data: str
    """A relation, as the command line writes it."""
    seeds: int = Field(3, ge=1, le=MOST_SEEDS)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        parse_data(self.data)
        for entry in self.entries:
            parse_entry(entry)
        return self


class ResultItem(_PlanItem):
    """The answers to the latest question, beside the race; or the race alone."""

    kind: Literal["result"]
    question: Id | Literal[""] = ""


PlanItem = PauseItem | ModelItem | LessonItem | AskItem | RaceItem | ResultItem
_ITEM: TypeAdapter[PlanItem] = TypeAdapter(Annotated[PlanItem, Field(discriminator="kind")])


def _read_items(items: object) -> object:
    """The items as values. Raises `LessonError` with the number of the first that is wrong."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        return items
    return tuple(_read_item(number, item) for number, item in enumerate(items, 1))


def _read_item(number: int, item: object) -> PlanItem:
    try:
        with naming_place("the item"):
            return _ITEM.validate_python(item)
    except LessonError as error:
        raise LessonError(
            f"Item {number} of the plan is wrong. {error.rule}", error.received, error.fix
        ) from None


class WorkshopPlan(LessonPart):
    """A plan: items that a teacher goes through with one button.

    Raises `LessonError` where its parts don't fit together.
    """

    version: Literal[1] = 1
    title: Line
    about: Line
    questions: Annotated[tuple[Question, ...], Field(max_length=12)] = ()
    items: Annotated[
        tuple[PlanItem, ...],
        BeforeValidator(_read_items),
        Field(min_length=1, max_length=MOST_ITEMS),
    ]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if long := next(filter(_too_long, self.questions), None):
            raise LessonError(
                f"A question to a class has at most {LONGEST_QUESTION} letters, a choice "
                f"{LONGEST_CHOICE}.",
                long.id,
                "Shorten it.",
            )
        ids, asked, raced = [question.id for question in self.questions], list[str](), False
        for number, item in enumerate(self.items, 1):
            named = f"Item {number} of the plan"
            if isinstance(item, RaceItem):
                raced = True
            if not isinstance(item, AskItem | ResultItem):
                continue
            if item.question and item.question not in ids:
                raise LessonError(
                    f"{named} names a question that is not in `questions`.",
                    item.question,
                    suggest(item.question, ids) if ids else "Write it there, with this `id`.",
                )
            if isinstance(item, AskItem):
                asked.append(item.question)
            elif not (asked[-1:] == [item.question] if item.question else raced):
                raise LessonError(
                    f"{named} shows a result that is not there yet.",
                    item.question or "a race",
                    "Put it behind the race, or behind its question before another one is asked.",
                )
        if wrong := next((id for id in ids if ids.count(id) > 1 or asked.count(id) > 2), None):
            raise LessonError(
                "Each question of a plan has an id of its own and is asked at most twice.",
                wrong,
                "Rename one, or ask it less often.",
            )
        return self

    @property
    def minutes(self) -> int:
        """The minutes of all items."""
        return sum(item.minutes for item in self.items)

    def question(self, id: str) -> Question:
        """The question with an id. Raises `KeyError` if there is none."""
        return {question.id: question for question in self.questions}[id]

    @property
    def asked_twice(self) -> tuple[Question, ...]:
        """The questions with a right answer that are asked before and after."""
        asked = [item.question for item in self.items if isinstance(item, AskItem)]
        return tuple(one for one in self.questions if asked.count(one.id) == 2 and one.has_answer)

    def yaml_text(self) -> str:
        """The plan's file, which `parse_plan` reads back to an equal value."""
        dumped = self.model_dump(mode="json", exclude_defaults=True)
        return yaml_text({"version": self.version, **dumped})


@lru_cache(maxsize=64)
def parse_plan(text: str | bytes) -> WorkshopPlan:
    """A plan from its file. Raises `LessonError` for the first mistake in it."""
    return plan_of(file_parts(text, "plan"))


def plan_of(parts: object) -> WorkshopPlan:
    """A plan from plain data. Raises `LessonError` for the first mistake in it."""
    if not isinstance(parts, Mapping) or "items" not in parts:
        raise LessonError(
            "A plan's file needs `title`, `about` and `items`.", "", "Open the file of a plan."
        )
    with naming_place("the plan"):
        return WorkshopPlan.model_validate(parts)


@cache
def shipped_plans() -> Mapping[str, WorkshopPlan]:
    """The plans that come with the project, by name, the shortest first."""
    plans = {path.stem: parse_plan(path.read_bytes()) for path in FOLDER.glob("*.yaml")}
    return dict(sorted(plans.items(), key=lambda named: named[1].minutes))


def questions_of(lessons: Sequence[str]) -> dict[str, Question]:
    """The checks of lessons that a class can be asked, by an id of their own."""
    return {
        f"{name}_{check.id}": check.model_copy(update={"id": f"{name}_{check.id}"})
        for name in lessons
        for check in library.load(name).checks
        if isinstance(check, ChoiceCheck | NumberCheck) and not _too_long(check)
    }


def plan_of_lessons(names: Sequence[str], questions: Sequence[Question] = ()) -> WorkshopPlan:
    """A plan for lessons, with questions that are asked before and after them."""
    lessons = [library.load(name) for name in names]
    welcome = "Join the room with the code. You only need a nickname."
    items: list[PlanItem] = [PauseItem(kind="pause", title="Come in", minutes=2, text=welcome)]
    items += [_ask(question, "What do you think?") for question in questions]
    for name, lesson in zip(names, lessons, strict=True):
        item = LessonItem(
            kind="lesson",
            title=lesson.title,
            minutes=lesson.minutes,
            text=lesson.question,
            notes=_listed(lesson.teacher.prompts),
            lesson=name,
        )
        items.append(item)
    for question in questions:
        result = ResultItem(kind="result", title="Answers", minutes=1, question=question.id)
        items += [_ask(question, "And now?"), result]
    learnt = _listed([line for lesson in lessons for line in lesson.learnt[:2]])
    items.append(PauseItem(kind="pause", title="What was it?", minutes=3, text=learnt))
    title = join_names([lesson.title for lesson in lessons])[:300]
    about = "Made of lessons: each of them by itself, then the whole class together."
    return WorkshopPlan(title=title, about=about, questions=tuple(questions), items=tuple(items))


def _ask(question: Question, title: str) -> AskItem:
    return AskItem(kind="ask", title=title, minutes=1, question=question.id)


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)[:2000]


def _too_long(question: Question) -> bool:
    long = [len(choice) > LONGEST_CHOICE for choice in question.choices]
    return len(question.text) > LONGEST_QUESTION or any(long)
