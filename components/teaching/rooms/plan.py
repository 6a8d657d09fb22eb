"""A plan for a class as a frozen value, and its YAML file, like a lesson's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, TypeAdapter, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from components.base.errors import LessonError, suggest
from components.base.paths import ROOT
from components.base.text import join_names
from components.base.versions import CONVERSIONS, PLAN
from components.models.architecture.schema import schema_of
from components.teaching.lessons import library
from components.teaching.lessons.checks import ChoiceCheck, NumberCheck, Question
from components.teaching.lessons.lesson import LessonPart, Line, file_parts, naming_place
from components.teaching.lessons.yaml_text import yaml_text
from components.teaching.rooms.content import MOST_ITEMS
from components.teaching.rooms.items import PLAN_ITEMS
from components.teaching.rooms.items.ask import AskItem
from components.teaching.rooms.items.base import PlanItem
from components.teaching.rooms.items.lesson import LessonItem
from components.teaching.rooms.items.pause import PauseItem
from components.teaching.rooms.items.result import ResultItem

FOLDER = ROOT / "sample_data" / "content" / "plans"
LONGEST_QUESTION, LONGEST_CHOICE = 200, 80
"""Maximum number of letters of a question to a class, and of a choice."""
_ITEM: TypeAdapter[PlanItem] = TypeAdapter(PLAN_ITEMS.union())


def _read_items(items: object) -> object:
    """Return the items as values. Raises `LessonError` with the number of the first wrong one."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        return items
    return tuple(_read_item(number, item) for number, item in enumerate(items, 1))


def _read_item(number: int, item: object) -> PlanItem:
    with _with_item_number(number), naming_place("the item", PLAN_ITEMS.union(), item):
        return _ITEM.validate_python(item)


@contextmanager
def _with_item_number(number: int) -> Iterator[None]:
    """Add the item's number to a `LessonError`."""
    try:
        yield
    except LessonError as error:
        raise LessonError(
            f"Item {number} of the plan is wrong. {error.rule}", error.received, error.fix
        ) from None


class _AnyItem:
    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(_ITEM.core_schema)


class WorkshopPlan(LessonPart):
    """A plan: items that a teacher goes through with one button.

    Raises `LessonError` if its parts don't fit together.
    """

    title: Line
    about: Line
    questions: Annotated[tuple[Question, ...], Field(max_length=12)] = ()
    items: Annotated[
        tuple[Annotated[PlanItem, _AnyItem()], ...],
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
            raced |= item.shows == "race"
            if item.about and item.about not in ids:
                raise LessonError(
                    f"{named} names a question that is not in `questions`.",
                    item.about,
                    suggest(item.about, ids) if ids else "Write it there, with this `id`.",
                )
            if item.shows == "question":
                asked.append(item.about)
            there = asked[-1:] == [item.about] if item.about else raced
            if item.shows == "answers" and not there:
                raise LessonError(
                    f"{named} shows a result that is not there yet.",
                    item.about or "a race",
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
        """Minutes of all items."""
        return sum(item.minutes for item in self.items)

    def question(self, id: str) -> Question:
        """Return the question with an id. Raises `KeyError` if there is none."""
        return {question.id: question for question in self.questions}[id]

    @property
    def asked_twice(self) -> tuple[Question, ...]:
        """Questions with a right answer that are asked before and after."""
        asked = [item.about for item in self.items if item.shows == "question"]
        return tuple(one for one in self.questions if asked.count(one.id) == 2 and one.has_answer)

    def check(self) -> None:
        """Raise `LessonError` for the first item whose model can't be built; needs Keras."""
        for number, item in enumerate(self.items, 1):
            with _with_item_number(number):
                item.check()

    def yaml_text(self) -> str:
        """Return the plan's file, which `parse_plan` reads back to an equal value."""
        dumped = self.model_dump(mode="json", exclude_defaults=True, exclude={"items"})
        items = [
            {"kind": item.kind, **item.model_dump(mode="json", exclude_defaults=True)}
            for item in self.items
        ]
        return yaml_text(PLAN.numbered({**dumped, "items": items}))


@lru_cache(maxsize=64)
def parse_plan(text: str | bytes) -> WorkshopPlan:
    """Read a plan from its file. Raises `LessonError` for the first mistake in it."""
    return plan_of(file_parts(text, PLAN))


def plan_of(parts: object) -> WorkshopPlan:
    """Read a plan from plain data. Raises `LessonError` for the first mistake in it."""
    if not isinstance(parts, Mapping) or "items" not in parts:
        raise LessonError(
            "A plan's file needs `title`, `about` and `items`.", "", "Open the file of a plan."
        )
    parts = PLAN.read_part(parts)
    with naming_place("the plan", WorkshopPlan, parts):
        return WorkshopPlan.model_validate(parts)


def _pays_as_race(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan's parts in format 3, in which a race says what an item `pays` said in 2."""
    items = parts.get("items")
    if isinstance(items, list):
        items = [_race_of_pays(item) for item in items]
    return {**parts, "items": items}


def _race_of_pays(item: object) -> object:
    if not isinstance(item, Mapping) or item.get("kind") != "pays":
        return item
    rest = {key: value for key, value in item.items() if key != "merge"}
    entries = [item.get("merge", "concatenate"), "alone:input=left", "alone:input=right", "apart"]
    return {"seeds": 5, **rest, "kind": "race", "entries": entries}


CONVERSIONS[PLAN.name, 2] = _pays_as_race


def plan_schema() -> dict[str, Any]:
    """Return the JSON schema of a plan's file."""
    return schema_of(WorkshopPlan, PLAN, "A plan for a class: questions, and items in order.")


@cache
def shipped_plans() -> Mapping[str, WorkshopPlan]:
    """Return the plans that ship with the project, by name, the shortest first."""
    plans = {path.stem: parse_plan(path.read_bytes()) for path in FOLDER.glob("*.yaml")}
    return dict(sorted(plans.items(), key=lambda named: named[1].minutes))


def questions_of(lessons: Sequence[str]) -> dict[str, Question]:
    """Return the checks of lessons that a class can be asked, by an id of their own."""
    return {
        f"{name}_{check.id}": check.model_copy(update={"id": f"{name}_{check.id}"})
        for name in lessons
        for check in library.load(name).checks
        if isinstance(check, ChoiceCheck | NumberCheck) and not _too_long(check)
    }


def plan_of_lessons(names: Sequence[str], questions: Sequence[Question] = ()) -> WorkshopPlan:
    """Make a plan from lessons, with questions that are asked before and after them."""
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
    about = "Made of lessons. Each learner does them alone, then the class talks about them."
    return WorkshopPlan(title=title, about=about, questions=tuple(questions), items=tuple(items))


def _ask(question: Question, title: str) -> AskItem:
    return AskItem(kind="ask", title=title, minutes=1, question=question.id)


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)[:2000]


def _too_long(question: Question) -> bool:
    long = [len(choice) > LONGEST_CHOICE for choice in question.choices]
    return len(question.text) > LONGEST_QUESTION or any(long)
