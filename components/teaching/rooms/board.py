"""Board of a class, without names: runs on a task, wrong answers, and the outcome of a bet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import exists, func, select

from components.base.errors import PlaygroundError
from components.base.text import ordinal
from components.experiments.queue.store import Store
from components.experiments.queue.tables import PointRow, RunRow
from components.experiments.races.results import DatasetResult, Measure, measure_of
from components.experiments.training.events import UNFINISHED
from components.experiments.training.requests import parse_request
from components.models.architecture.architecture import Architecture
from components.teaching.lessons.checks import Check, ChoiceCheck, NumberCheck
from components.teaching.lessons.lesson import Lesson
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomMember
from sample_data.loading.sources import CollectionSpec, Data
from sample_data.loading.synthetic import DataSpec

MOST_NUMBERS = 8
"""Number of different wrong numbers that are shown, the most frequent first."""
_request = lru_cache(maxsize=512)(parse_request)


class RunDot(NamedTuple):
    """Present result of a learner's latest run."""

    number: int
    """Number of the learner."""
    score: float
    trains: bool


@dataclass(frozen=True)
class ClassRuns:
    """Latest runs of learners on the task that most of them train."""

    data: Data
    """Data with the usual number of samples; those of the runs may differ."""
    architecture: Architecture
    """Model of one of the runs, for this data."""
    head: str
    measure: Measure
    dots: tuple[RunDot, ...]


def lesson_data(lesson: Lesson) -> tuple[Data, ...]:
    """Return the data of a lesson's steps as `class_runs` compares it; empty without any."""
    datas = (lesson.training_of(step).data for step in lesson.steps)
    return tuple(_usual(data) for data in datas if data is not None and not isinstance(data, str))


def class_runs(
    store: Store, learners: Sequence[RoomMember], of: Sequence[Data] = ()
) -> ClassRuns | None:
    """Return the runs of a class, only those on these data if any are given.

    `None` before the first epoch of any.
    """
    numbers = {member.owner: member.number for member in learners}
    begun = exists().where(PointRow.run == RunRow.id)
    latest = select(func.max(RunRow.number)).where(RunRow.owner.in_(numbers), begun)
    query = select(RunRow.owner, RunRow.id, RunRow.status, RunRow.request_json)
    query = query.where(RunRow.number.in_(latest.group_by(RunRow.owner)))
    with store.database.read() as session:
        rows = session.execute(query).all()
    known = {row.owner: _task(row.request_json) for row in rows}
    tasks = {owner: task for owner, task in known.items() if task and (not of or task[0] in of)}
    counted = Counter(tasks.values()).most_common(1)
    if not counted:
        return None
    task = counted[0][0]
    chosen = [row for row in rows if tasks.get(row.owner) == task]
    architecture = _request(chosen[0].request_json).data_architecture
    head = next(one for one in architecture.heads if one.name == task[1])
    measure = measure_of(head, validated=True)
    histories = store.histories([row.id for row in chosen])
    dots = []
    for row in chosen:
        logs = histories[row.id][-1].logs if row.id in histories else {}
        key = f"{head.name}/{measure.name}"
        score = logs.get(f"val_{key}", logs.get(key, math.nan))
        if math.isfinite(score):
            dots.append(RunDot(numbers[row.owner], score, row.status in UNFINISHED))
    dots.sort()
    return ClassRuns(task[0], architecture, head.name, measure, tuple(dots)) if dots else None


def _task(text: str) -> tuple[Data, str] | None:
    """Return the data of a request, with the usual number of samples, and its first head.

    `None` for somebody's own file, and for a request that this version can't read.
    """
    try:
        request = _request(text)
    except PlaygroundError:
        return None
    data = request.data
    if isinstance(data, str):
        return None
    return _usual(data), request.architecture.heads[0].name


def _usual(data: DataSpec | CollectionSpec) -> DataSpec | CollectionSpec:
    """Return data with the usual number of samples."""
    fields = type(data).model_fields
    return data.model_copy(update={name: fields[name].default for name in ("samples", "seed")})


def wrong_answers(check: Check, class_progress: Sequence[LessonProgress]) -> dict[str, int]:
    """Count the learners who gave each wrong answer, including those who corrected it."""
    counts = Counter(answer for one in class_progress for answer in one.wrong.get(check.id, ()))
    if isinstance(check, ChoiceCheck):
        return {one.text: counts[one.text] for one in check.options if not one.right}
    unit = check.unit if isinstance(check, NumberCheck) else ""
    numbers = counts.most_common(MOST_NUMBERS)
    return {f"{answer:,.10g} {unit}".strip(): count for answer, count in numbers}


def bet_outcome(counts: Mapping[str, int], on_dataset: DatasetResult) -> str:
    """Describe the outcome of a class's votes: `7 of 12 voted for Multiply, which won.`

    Empty before the race is decided, or where nobody chose one of its strategies.
    """
    ranks = {row.title: row.rank for row in on_dataset.rows if row.rank is not None}
    chosen = {title: count for title, count in counts.items() if count and title in ranks}
    if not chosen or not on_dataset.complete or not on_dataset.judged:
        return ""
    favourite = max(chosen, key=lambda title: chosen[title])
    first, rank = on_dataset.rows[0], ranks[favourite]
    voted = f"{chosen[favourite]} of {sum(counts.values())} voted for {favourite}, which"
    if rank == 1:
        alone = len(on_dataset.best) == 1
        return f"{voted} {'won' if alone else f'is among the best {len(on_dataset.best)}'}."
    is_last = [*ranks.values()].count(rank) == 1 and rank == max(ranks.values())
    nth = "last" if is_last else ordinal(rank)
    voters = chosen.get(first.title, 0)
    best = f"{first.title} has the best mean: {voters or 'nobody'} voted for it."
    return f"{voted} came {nth}. {best}"
