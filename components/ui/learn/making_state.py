"""A lesson that is being made in this session: its draft, its start, and what its model reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import streamlit as st

from components.core.errors import LessonError
from components.export.link import Data, LinkContent
from components.lessons.lesson import Lesson
from components.lessons.making import DraftCheck, LessonDraft, bar_below, lesson_from, runs_lesson
from components.model.spec import Architecture
from components.race.measures import Measure, measure_of
from components.race.outcomes import Outcome
from components.runs.visitor_runs import VisitorRuns
from components.training.requests import Settings
from components.ui.kit import page_frame, train_state
from components.ui.kit.draft_content import unpack
from components.ui.kit.visitor import draft_store, owner
from components.ui.lesson.seed_runs import SeedRuns, seed_runs
from sample_data import presets

PRESENT = "present"
_PRESET, _SAVED = "preset:", "saved:"


@dataclass
class MakingState:
    """What a teacher has described so far."""

    begun: bool = False
    draft: LessonDraft = field(default_factory=LessonDraft)
    start: str = PRESENT
    error: str | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """Finished runs that were read, by the digest of their request."""


def of_session() -> MakingState:
    """The lesson that this session makes."""
    state: MakingState = st.session_state.setdefault("lesson_making", MakingState())
    return state


def starts() -> dict[str, str]:
    """The models that a lesson can start with, and their titles."""
    saved = draft_store().list(owner(), saved=True)
    return {
        PRESENT: "The present model",
        **{f"{_SAVED}{model.id}": f"My model: {model.name}" for model in saved},
        **{f"{_PRESET}{name}": f"Preset: {presets.about(name).title}" for name in presets.names()},
    }


@dataclass(frozen=True)
class MakingModels:
    """The present model, data and settings, which solve the lesson, and what it starts with."""

    solution: LinkContent
    start: Architecture
    own_data: bool
    """Whether the data is a file, which no lesson can hold."""

    @property
    def measure(self) -> Measure:
        """What runs of the model are judged by."""
        return measure_of(self.solution.architecture.heads[0], validated=True)

    def runs(self, check: DraftCheck, state: MakingState, runs: VisitorRuns) -> SeedRuns | None:
        """The runs of the present model that a check asks for; `None` without data for them."""
        if self.solution.data is None:
            return None
        lesson, runs_check = runs_lesson(self.solution, check.seeds)
        return seed_runs(lesson, runs_check, self.solution.architecture, runs, state.outcomes)


def models_of(state: MakingState) -> MakingModels:
    """The models of the lesson now. Raises what is wrong with the present model, data or start."""
    editor, train = page_frame.editor(), train_state.of_session()
    if editor.error is not None:
        raise editor.error
    own = train.source == "own"
    data = None if own else train.spec(editor.valid)
    shared: Data | None = None if isinstance(data, str) else data
    solution = LinkContent(editor.valid, shared, Settings(**train.settings))
    return MakingModels(solution, _start(state.start, editor.valid), own)


def lesson_of_state(
    state: MakingState, models: MakingModels, scores: Mapping[str, Mapping[int, float]]
) -> Lesson:
    """The lesson as described so far. `scores` are those of checks of runs, by key.

    Raises `LessonError` for the first thing that is missing.
    """
    steps = [
        replace(step, checks=[with_bar(check, scores.get(check.key, {})) for check in step.checks])
        for step in state.draft.steps
    ]
    draft = replace(state.draft, steps=steps)
    if models.own_data and any(check.kind == "runs" for check in draft.checks):
        raise LessonError(
            "A check of runs needs data that everyone has.",
            "your own file",
            "Choose a relation or a dataset on the Train page.",
        )
    start = replace(models.solution, architecture=models.start)
    return lesson_from(draft, start, models.solution, models.measure)


def with_bar(check: DraftCheck, scores: Mapping[int, float]) -> DraftCheck:
    """A check of runs with the bar that its scores suggest, if the teacher has set none."""
    if check.kind == "runs" and check.limit is None and len(scores) >= check.seeds:
        return replace(check, limit=bar_below(list(scores.values())))
    return check


def _start(name: str, present: Architecture) -> Architecture:
    if name.startswith(_PRESET):
        return presets.load(name.removeprefix(_PRESET))
    if name.startswith(_SAVED):
        stored = draft_store().find(owner(), name.removeprefix(_SAVED))
        if stored is None:
            raise LessonError(
                "The lesson's start must be a model that is still saved.",
                "a deleted one",
                "Choose another start.",
            )
        return unpack(stored.content).valid
    return present
