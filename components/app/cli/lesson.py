"""The command `lesson`: list lessons, check work and plans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from components.app.cli.sources import (
    STANDARD,
    json_flag,
    opened_store,
    read_named,
)
from components.base.errors import LessonError
from components.base.workers.keras_import import load_keras

if TYPE_CHECKING:
    from components.teaching.lessons.evidence import Evidence
    from components.teaching.lessons.hand_in import LessonWork
    from components.teaching.lessons.lesson import Lesson

MOST_BYTES = 10_000_000
"""Maximum number of bytes of a file of tokens."""
LESSON_HELP = (
    "The name of a lesson, the path of its file, a link to a lesson, or - for standard input."
)
TOKEN_HELP = "A token that was handed in, a share link, or - for standard input."


@click.group()
def lesson() -> None:
    """List lessons, and check plans and what was handed in."""


@lesson.command("list")
@json_flag
def list_lessons(as_json: bool) -> int:
    """List the lessons that ship with the playground."""
    from components.teaching.lessons import library

    lessons = {name: library.load(name) for name in library.names()}
    if as_json:
        rows = [
            {"name": n, "title": one.title, "question": one.question, "minutes": one.minutes}
            for n, one in lessons.items()
        ]
        click.echo(json.dumps(rows))
        return 0
    for name, one in lessons.items():
        click.echo(f"{name:<16} {one.minutes:>2} min  {one.title}: {one.question}")
    return 0


@lesson.command()
@click.argument("token", metavar="TOKEN", help=TOKEN_HELP)
@click.option("--lesson", "own", metavar="LESSON", help=f"{LESSON_HELP} By default the token's.")
@click.option("--train", is_flag=True, help="Train the runs that the checks need.")
@json_flag
def check(token: str, own: str | None, train: bool, as_json: bool) -> int:
    """Check work on a lesson. Ends with 0 if all checks pass, and with 1 if one does not."""
    from components.teaching.lessons.hand_in import parse_work
    from components.teaching.lessons.judging import judge_all

    if token == STANDARD:
        token = read_named(token, MOST_BYTES).decode(errors="replace")
    work = parse_work(token)
    chosen = read_lesson(own) if own else _own_lesson(work)
    if work.hand_in is not None:
        work.hand_in.require_version(chosen)
    load_keras()
    answers = judge_all(chosen, _evidence(chosen, work, train))
    if as_json:
        rows = {id: {"passed": a.passed, "text": a.text} for id, a in answers.items()}
        click.echo(json.dumps(rows))
    else:
        for id, answer in answers.items():
            click.echo(f"{'pass' if answer.passed else 'miss'}  {id}: {answer.text}")
    return 0 if all(answer.passed for answer in answers.values()) else 1


@lesson.command()
@click.argument(
    "file", metavar="FILE", help="The file of a plan for a class, or - for standard input."
)
def plan(file: str) -> int:
    """Check the plan in a file, and list its items with the minute at which each begins."""
    from components.teaching.rooms.plan import parse_plan

    parsed, begins = parse_plan(read_named(file, MOST_BYTES)), 0
    if any(item.shows == "race" for item in parsed.items):
        load_keras()
    parsed.check()
    for item in parsed.items:
        click.echo(f"{begins:>3}  {item.kind:<6}  {item.title}")
        begins += item.minutes
    click.echo(f"{begins:>3}  end")
    return 0


def read_lesson(name: str) -> Lesson:
    """Return a lesson by its name, file or link. Raises `LessonError`, `LinkError`, `FileError`."""
    from components.sharing.links.token import MOST_BYTES as MOST_LESSON_BYTES
    from components.teaching.lessons import library
    from components.teaching.lessons.lesson import parse_lesson

    if name == STANDARD or name.lower().endswith((".yaml", ".yml")):
        return parse_lesson(read_named(name, MOST_LESSON_BYTES))
    return library.find(name)


def _own_lesson(work: LessonWork) -> Lesson:
    """Return the lesson of submitted work. Raises `LessonError` for a share link without one."""
    from components.teaching.lessons import library
    from components.teaching.lessons.lesson import LINKED

    if work.hand_in is None:
        raise LessonError(
            "A share link alone doesn't say its lesson.",
            "a link to a model",
            "Name the lesson with `--lesson`.",
        )
    name = work.hand_in.lesson
    if name.startswith(LINKED):
        raise LessonError(
            "Work on a lesson from a file or a link needs that lesson.",
            name,
            "Name its file or its link with `--lesson`.",
        )
    return library.load(name)


def _evidence(chosen: Lesson, work: LessonWork, train: bool) -> Evidence:
    from components.teaching.lessons.evidence import evidence_of, trained_scores

    model = work.content.architecture
    scores, failures = None, None
    if train:
        with opened_store() as store:
            scores, failures = trained_scores(chosen, model, store)
    if work.hand_in is None:
        return evidence_of(model, {}, {}, scores or {}, failures)
    return work.hand_in.evidence(scores, failures)
