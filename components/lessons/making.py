"""A lesson from a plain description, and checks that the present model passes."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any, Literal, NamedTuple

from components.core.errors import LessonError
from components.core.registry import kind_of
from components.core.text import plural
from components.export.link import LinkContent, content_parts
from components.lessons.checks import RunsCheck, Value
from components.lessons.facts import Facts
from components.lessons.lesson import Control, Lesson, LessonPage, lesson_of
from components.race.measures import Measure

DraftKind = Literal["fact", "runs", "number", "choice", "bet"]
HEADROOM = 1.05
"""A limit of parameters lies so far above those of the model."""
MARGIN = 0.005
"""A bar lies at least so far below the mean of the runs."""


def _key() -> str:
    return uuid.uuid4().hex[:8]


@dataclass
class DraftCheck:
    """A check as a teacher describes it."""

    kind: DraftKind
    text: str = ""
    """What learners read; for facts and runs a sentence is made if it is empty."""
    fact: str = ""
    """What must hold: `most` for numbers, else `wanted`."""
    wanted: Value = True
    limit: float | None = None
    """The most of a fact, the least mean of runs, or the number that is right."""
    tolerance: float = 0.0
    seeds: int = 3
    right: str = ""
    others: str = ""
    """The other options of a choice or a bet, one a line."""
    key: str = field(default_factory=_key)


@dataclass
class DraftStep:
    """A step as a teacher describes it."""

    title: str = ""
    text: str = ""
    page: LessonPage = "Build"
    hints: str = ""
    """Up to three, one a line."""
    checks: list[DraftCheck] = field(default_factory=list)
    key: str = field(default_factory=_key)


@dataclass
class LessonDraft:
    """A lesson as a teacher describes it, without its models."""

    title: str = ""
    question: str = ""
    minutes: int = 5
    controls: Sequence[Control] = ()
    learnt: str = ""
    """What one should have learnt, one a line."""
    steps: list[DraftStep] = field(default_factory=lambda: [DraftStep()])
    key: str = "lesson"

    @property
    def checks(self) -> list[DraftCheck]:
        """The checks of all steps, in order."""
        return [check for step in self.steps for check in step.checks]


class NamedCheck(NamedTuple):
    """A check of a draft with its id in the lesson."""

    id: str
    check: DraftCheck


def named(draft: LessonDraft) -> list[NamedCheck]:
    """The checks of a draft, with their ids."""
    return [NamedCheck(f"check_{n}", check) for n, check in enumerate(draft.checks, 1)]


def suggested(facts: Facts) -> list[DraftCheck]:
    """Checks of facts that hold for a model, with limits that leave some room."""
    after = facts["layers_after_merge"]
    parameters = facts["parameters"]
    checks = []
    if isinstance(parameters, int):
        checks.append(DraftCheck("fact", fact="parameters", limit=rounded_up(parameters)))
    if isinstance(after, int):
        checks.append(DraftCheck("fact", fact="layers_after_merge", limit=after))
    merges = facts.architecture.merges
    kinds = dict.fromkeys(kind_of(type(merge)) for merge in merges)
    checks += [DraftCheck("fact", fact="strategies", wanted=kind) for kind in kinds]
    for fact in ("additive", "multiplies"):
        checks.append(DraftCheck("fact", fact=fact, wanted=bool(facts[fact])))
    return checks


def rounded_up(parameters: int) -> int:
    """A limit a little above a number of parameters, with two digits that are not 0."""
    limit = parameters * HEADROOM
    unit = int(10 ** max(0, math.floor(math.log10(max(limit, 1))) - 1))
    return math.ceil(limit / unit) * unit


def bar_below(scores: Sequence[float]) -> float:
    """A bar a little below the mean: a standard deviation of the seeds, rounded to 0.01."""
    spread = stdev(scores) if len(scores) > 1 else 0.0
    return math.floor(100 * (fmean(scores) - max(MARGIN, spread)) + 1e-9) / 100


def check_text(check: DraftCheck, measure: Measure) -> str:
    """What learners read: the teacher's text, or a sentence on what must hold."""
    if check.text.strip() or check.kind not in ("fact", "runs"):
        return check.text.strip()
    if check.kind == "runs":
        bar = f"at least {measure.text(check.limit)}" if check.limit is not None else "an accuracy"
        return f"Reach {bar} over {plural(check.seeds, 'seed')}."
    return _fact_text(check)


def _fact_text(check: DraftCheck) -> str:
    if check.fact == "parameters":
        return f"Use at most {check.limit or 0:,.0f} parameters."
    if check.fact == "layers_after_merge":
        layers = f"at most {plural(int(check.limit), 'layer')}" if check.limit else "no layer"
        return f"Put {layers} behind the merge."
    if check.fact == "strategies":
        return f"Use the merge {str(check.wanted).replace('_', ' ')}."
    if check.fact == "multiplies":
        return f"Multiply {'' if check.wanted else 'no '}values of different inputs."
    only = "Only add up" if check.wanted else "Do not only add up"
    return f"{only} functions of one input each."


def lesson_from(
    draft: LessonDraft, start: LinkContent, solution: LinkContent, measure: Measure
) -> Lesson:
    """The lesson of a draft. Raises `LessonError` for the first thing that is missing."""
    _require(draft.title, "A lesson", "a title")
    _require(draft.question, "A lesson", "a question")
    ids = {check.key: id for id, check in named(draft)}
    revealing = next((ids[one.key] for one in draft.checks if one.kind == "runs"), "")
    steps = [
        {
            "title": _require(step.title, f"Step {number}", "a title"),
            "text": _require(step.text, f"Step {number}", "a text"),
            "page": step.page,
            "hints": lines(step.hints),
            "checks": [
                {"id": ids[one.key], **_check_parts(one, measure, revealing)} for one in step.checks
            ],
        }
        for number, step in enumerate(draft.steps, 1)
    ]
    return lesson_of(
        {
            "title": draft.title.strip(),
            "question": draft.question.strip(),
            "minutes": draft.minutes,
            "start": content_parts(start),
            "controls": tuple(draft.controls),
            "steps": steps,
            "solution": content_parts(solution),
            "answers": answers_of(draft),
            "learnt": lines(draft.learnt),
        }
    )


def answers_of(draft: LessonDraft) -> dict[str, str | float]:
    """The solution's answers, by the ids of the checks."""
    answers: dict[str, str | float] = {}
    for id, check in named(draft):
        if check.kind in ("choice", "bet"):
            answers[id] = check.right.strip()
        elif check.kind == "number" and check.limit is not None:
            answers[id] = check.limit
    return answers


def runs_lesson(content: LinkContent, seeds: int) -> tuple[Lesson, RunsCheck]:
    """A lesson with one check of runs, to know what a model reaches. Raises `LessonError`."""
    check = {"id": "runs", "kind": "runs", "text": "Train.", "seeds": seeds}
    step = {"title": "Train", "text": "Train.", "checks": [check]}
    parts = content_parts(content)
    lesson = lesson_of(
        {
            "title": "Runs for a lesson",
            "question": "?",
            "start": parts,
            "steps": [step],
            "solution": parts,
        }
    )
    return lesson, RunsCheck.model_validate(check)


def lines(text: str) -> list[str]:
    """The lines of a text that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _check_parts(check: DraftCheck, measure: Measure, revealing: str) -> dict[str, Any]:
    text = _require(check_text(check, measure), f"A {check.kind}", "a question")
    if check.kind == "fact":
        return {"kind": "architecture", "text": text, "conditions": [_condition(check)]}
    if check.kind == "runs":
        bar = _number(check, "A check of runs", "a value to reach")
        return {"kind": "runs", "text": text, "seeds": check.seeds, "at_least": bar}
    if check.kind == "number":
        answer = _number(check, f"The question `{text}`", "the number that is right")
        return {"kind": "number", "text": text, "answer": answer, "tolerance": check.tolerance}
    options = list(_options(check, text))
    if check.kind == "bet":
        reveal = {"reveal": revealing} if revealing else {}
        right = check.right.strip()
        return {"kind": "bet", "text": text, "options": options, "answer": right, **reveal}
    shown = [{"text": one, "right": one == check.right.strip()} for one in options]
    return {"kind": "choice", "text": text, "options": shown}


def _condition(check: DraftCheck) -> dict[str, Any]:
    if check.fact == "strategies":
        return {"of": check.fact, "any_of": [check.wanted]}
    if check.limit is not None:
        return {"of": check.fact, "at_most": check.limit}
    return {"of": check.fact, "equals": check.wanted}


def _options(check: DraftCheck, text: str) -> Iterator[str]:
    """All options in the order of the alphabet: it does not tell which one is right."""
    right = _require(check.right, f"The question `{text}`", "a right answer")
    others = set(lines(check.others)) - {right}
    if not others:
        raise LessonError(
            f"The question `{text}` needs at least one other answer.",
            "none",
            "Type the others, one a line.",
        )
    yield from sorted({right, *others}, key=str.casefold)


def _require(text: str, what: str, part: str) -> str:
    if not text.strip():
        raise LessonError(f"{what} needs {part}.", "an empty text", "Type it.")
    return text.strip()


def _number(check: DraftCheck, what: str, part: str) -> float:
    if check.limit is None:
        raise LessonError(f"{what} needs {part}.", "no number", "Type it.")
    return check.limit
