"""A lesson as a frozen value, and its YAML file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from components.base.errors import LessonError, PlaygroundError, suggest
from components.base.pages import pages
from components.base.refusals import refusal
from components.base.text import byte_size
from components.base.versions import LESSON as LESSON_FORMAT
from components.base.versions import Format
from components.models.architecture.architecture import parse
from components.models.architecture.schema import schema_of
from components.sharing.links.link import ContentParts, LinkContent, content_parts, parse_content
from components.sharing.links.token import MOST_BYTES, pack_token, unpack_token
from components.teaching.lessons.checks import ArchitectureCheck, BetCheck, Check, Id, RunsCheck
from components.teaching.lessons.facts import require_fact
from components.teaching.lessons.yaml_text import read_yaml, yaml_text

MOST_MINUTES, MOST_STEPS = 60, 12
MOST_CHECKS = 12
"""Maximum number of checks of a step."""
LESSON = "lesson"
"""Key of a lesson in a token, and address parameter that names a lesson."""
LINKED = "link-"
"""Prefix of the names of lessons from a link or a file."""
Control = Literal["preset", "inputs", "merges", "trunk", "heads"]
"""Part of the Build page's sidebar."""
Text = Annotated[str, Field(min_length=1, max_length=4000)]
"""Markdown, with formulas between `$` signs."""
Line = Annotated[str, Field(min_length=1, max_length=300)]


class _LessonPicture(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    caption: str = Field("", max_length=300)


class BarsPicture(_LessonPicture):
    """Labelled bars, such as accuracies. The picture's text is made from them."""

    kind: Literal["bars"]
    bars: Annotated[dict[str, float], Field(min_length=1, max_length=20)]
    most: float = Field(1.0, gt=0)
    """Value of a full bar."""


def _valid(architecture: dict[str, Any]) -> dict[str, Any]:
    parse(architecture)
    return architecture


class DiagramPicture(_LessonPicture):
    """The diagram of a model: an architecture as plain data."""

    kind: Literal["diagram"]
    architecture: Annotated[dict[str, Any], AfterValidator(_valid)]


class AtlasPicture(_LessonPicture):
    """Scores of strategies on a dataset of the atlas, as bars with their ceilings."""

    kind: Literal["atlas"]
    section: str
    data: str
    strategies: Annotated[tuple[str, ...], Field(min_length=1, max_length=12)]


Picture = Annotated[BarsPicture | DiagramPicture | AtlasPicture, Field(discriminator="kind")]


def _content(value: object) -> LinkContent:
    return value if isinstance(value, LinkContent) else parse_content(value)


class _ContentSchema:
    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(ContentParts.__pydantic_core_schema__)


Content = Annotated[
    LinkContent, BeforeValidator(_content), PlainSerializer(content_parts), _ContentSchema()
]
"""Model with data and settings, written as in a share link."""


class LessonPart(BaseModel):
    """A frozen value in the file of a lesson or a plan."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True
    )


class LessonStep(LessonPart):
    """One step of a lesson: a text, the page to work on, and checks."""

    title: Line
    text: Text
    page: str = "Build"
    """Page on which the step is done."""
    pictures: Annotated[tuple[Picture, ...], Field(max_length=12)] = ()
    hints: Annotated[tuple[Text, ...], Field(max_length=3)] = ()
    """Hints, the least specific first. Lessons that ship have three for each step with checks."""
    checks: Annotated[tuple[Check, ...], Field(max_length=MOST_CHECKS)] = ()


class TeacherNotes(LessonPart):
    """The page for the teacher."""

    goals: tuple[Line, ...] = ()
    prompts: tuple[Line, ...] = ()
    """Questions to ask the class."""
    usually: tuple[Text, ...] = ()
    """Usual actions of learners."""
    discussion: tuple[Text, ...] = ()


class Lesson(LessonPart):
    """A lesson: a start, steps with checks, and a solution.

    Raises `LessonError` where its parts don't fit together.
    """

    title: Line
    question: Line
    minutes: int = Field(5, ge=1, le=MOST_MINUTES)
    start: Content
    """Model, data and settings that the lesson opens with."""
    controls: tuple[Control, ...] = ()
    """Parts of the sidebar to show; empty shows all."""
    steps: Annotated[tuple[LessonStep, ...], Field(min_length=1, max_length=MOST_STEPS)]
    known: dict[Id, tuple[float, ...]] = {}
    """Scores of reference models, by seed from 0; the learner does not train them."""
    titles: dict[Id, Line] = {}
    """Titles of reference models that do not use their name."""
    solution: Content
    answers: dict[Id, str | float] = {}
    """The solution's answers to checks that ask for a number, a choice or a bet."""
    earlier: dict[Id, Content] = {}
    """The solution's models for checks with `keeps`."""
    learnt: Annotated[tuple[Line, ...], Field(max_length=8)] = ()
    """Points that learners should take away."""
    teacher: TeacherNotes = TeacherNotes()
    reworded: tuple[Line, ...] = ()
    """Digests of earlier versions with other texts and the same checks: work on them counts."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        ids = [check.id for check in self.checks]
        for id in ids:
            if ids.count(id) > 1:
                raise LessonError(
                    "Each check of a lesson needs an id of its own.", id, "Rename one of them."
                )
        _require_names("answers", self.answers, "a check", ids)
        _require_names("earlier", self.earlier, "a check", ids)
        _require_names("titles", self.titles, "a model of `known`", self.known)
        _require_names("page", [step.page for step in self.steps], "a page of the app", pages())
        for check in self.checks:
            if isinstance(check, BetCheck) and check.reveal:
                runs = [one.id for one in self.checks if isinstance(one, RunsCheck)]
                _require_names("reveal", [check.reveal], "a check of runs", runs)
            if isinstance(check, RunsCheck):
                self._require_runs(check)
            if isinstance(check, ArchitectureCheck | RunsCheck):
                for condition in check.conditions:
                    require_fact(condition.of)
        return self

    def _require_runs(self, check: RunsCheck) -> None:
        for name in check.compared:
            if len(self.known.get(name, ())) < check.seeds:
                raise LessonError(
                    f"`known` needs at least {check.seeds} scores of each model that a check "
                    "compares with.",
                    name,
                    "Add its scores, by seed from 0.",
                )
        if self.content_of(check).data is None:
            raise LessonError(
                "A check of runs needs data.", "", "Add `data` to the start or to the check."
            )

    @property
    def checks(self) -> tuple[Check, ...]:
        """Checks of all steps, in order."""
        return tuple(check for step in self.steps for check in step.checks)

    @property
    def digest(self) -> str:
        """Stable fingerprint: equal for equal lessons."""
        parts = {name: part for name, part in self.data().items() if name != "reworded"}
        text = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def linked_name(self) -> str:
        """Name of a lesson from a link or a file."""
        return f"{LINKED}{self.digest}"

    def content_of(self, check: RunsCheck) -> LinkContent:
        """Return the data and settings for a check's runs: its own, or the start's."""
        own, start = check.training, self.start
        return LinkContent(
            start.architecture,
            (own and own.data) or start.data,
            (own and own.settings) or start.settings,
        )

    def training_of(self, step: LessonStep) -> LinkContent:
        """Return the data and settings for a step, by its first check of runs or else the start."""
        runs = (self.content_of(check) for check in step.checks if isinstance(check, RunsCheck))
        return next(runs, self.start)

    def check(self, id: str) -> Check:
        """Return the check with an id. Raises `KeyError` if there is none."""
        return {check.id: check for check in self.checks}[id]

    def title_of(self, known: str) -> str:
        """Return the title of a reference model."""
        return self.titles.get(known, known.replace("_", " ").capitalize())

    def data(self) -> dict[str, Any]:
        """Return the lesson as plain data, without defaults."""
        return LESSON_FORMAT.numbered(self.model_dump(mode="json", exclude_defaults=True))

    def yaml_text(self) -> str:
        """Return the lesson's file, which `parse_lesson` reads back to an equal value."""
        return yaml_text(self.data())

    def token(self) -> str:
        """Return the token of a link with the lesson. Raises `LinkError` if it is too long."""
        return pack_token(
            {LESSON: self.data()}, "Shorten its texts, or hand the lesson out as a file."
        )


def parse_lesson(text: str | bytes) -> Lesson:
    """Read a lesson from its file. Raises `LessonError` for the first mistake in it."""
    return lesson_of(file_parts(text, LESSON_FORMAT))


def file_parts(text: str | bytes, form: Format) -> object:
    """Read plain data from the file of a lesson or a plan. Raises `LessonError`."""
    if len(text) > MOST_BYTES:
        raise LessonError(
            f"A {form.name}'s file may have at most {byte_size(MOST_BYTES)}.",
            byte_size(len(text)),
            "Shorten its texts.",
        )
    parts = read_yaml(text, form.name)
    return form.read(parts) if isinstance(parts, Mapping) else parts


def parse_lesson_token(token: str) -> Lesson:
    """Read a lesson from the token of a link. Raises `LinkError` or `LessonError`."""
    parts = unpack_token(token)
    if not isinstance(parts, dict) or LESSON not in parts:
        raise LessonError("This link opens no lesson.", "", "Open it on the Build page.")
    return lesson_of(parts[LESSON])


def lesson_of(parts: object) -> Lesson:
    """Read a lesson from plain data. Raises `LessonError` for the first mistake in it."""
    if not isinstance(parts, Mapping):
        raise LessonError(
            "A lesson's file needs `title`, `question`, `start`, `steps` and `solution`.",
            "",
            "Open the file of a lesson.",
        )
    parts = LESSON_FORMAT.read_part(parts)
    with naming_place("the lesson", Lesson, parts):
        return Lesson.model_validate(parts)


def lesson_schema() -> dict[str, Any]:
    """Return the JSON schema of a lesson's file."""
    return schema_of(Lesson, LESSON_FORMAT, "A lesson: a start, steps with checks, a solution.")


@contextmanager
def naming_place(part: str, form: object, data: object) -> Iterator[None]:
    """Turn what a model refuses of a part into a `LessonError` that names its place in words."""
    try:
        yield
    except LessonError:
        raise
    except PlaygroundError as error:
        raise LessonError(
            f"A part of {part} can't be used here. {error.rule}", error.received, error.fix
        ) from None
    except ValidationError as error:
        raise refusal(error, LessonError, form, data, part) from None


def _require_names(key: str, names: Iterable[str], what: str, known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            fix = suggest(name, known) if known else "There is none: leave it out, or add one."
            raise LessonError(f"`{key}` can only name {what}.", name, fix)
