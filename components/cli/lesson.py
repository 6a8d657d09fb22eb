"""The command `lesson`: list lessons, check work on them, and verify what was handed in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.cli.store import opened_store
from components.core.errors import LessonError
from components.core.files import read_file, write_file
from components.core.keras_import import load_keras

if TYPE_CHECKING:
    from components.lessons.evidence import Evidence
    from components.lessons.hand_in import LessonWork
    from components.lessons.lesson import Lesson

MOST_BYTES = 10_000_000
"""The largest file of tokens."""
LESSON_HELP = "The name of a lesson, the path of a lesson's file, or a link to a lesson."


@click.group()
def lesson() -> None:
    """List lessons, check work on them, and verify what was handed in."""


@lesson.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def list_lessons(as_json: bool) -> int:
    """List the lessons that ship with the playground."""
    from components.lessons import library

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
@click.argument("name", metavar="LESSON", help=LESSON_HELP)
@click.argument("token", metavar="TOKEN", help="A token that was handed in, or a share link.")
@click.option("--train", is_flag=True, help="Train the runs that the checks need.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def check(name: str, token: str, train: bool, as_json: bool) -> int:
    """Check work on a lesson. Ends with 0 if all checks pass, and with 1 if one does not."""
    from components.lessons.hand_in import parse_work
    from components.lessons.judging import judge_all

    chosen, work = read_lesson(name), parse_work(token)
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
@click.argument("tokens", metavar="FILE", help="A file with one token on each line.")
@click.option("--csv", "output", metavar="FILE", help="File for the table as CSV.")
@click.option("--lesson", "own", metavar="LESSON", help=f"{LESSON_HELP} By default each token's.")
def verify(tokens: str, output: str | None, own: str | None) -> int:
    """Train what was handed in again, and say which figures hold. Ends with 1 if one does not."""
    from components.lessons.verifying import FIELDS, verify_tokens

    lines = read_file(Path(tokens), MOST_BYTES).decode("utf-8", "replace").splitlines()
    numbered = [(at, line.strip()) for at, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise LessonError(
            "A file of tokens must hold at least one.", tokens, "Write one token on each line."
        )
    chosen = read_lesson(own) if own else None
    load_keras()
    rows = verify_tokens(dict(numbered), chosen)
    for row in rows:
        click.echo(row.text)
    if output:
        text = io.StringIO()
        table = csv.DictWriter(text, FIELDS, lineterminator="\n")
        table.writeheader()
        table.writerows(row.cells() for row in rows)
        write_file(Path(output), text.getvalue().encode())
    return 0 if all(row.holds for row in rows) else 1


def read_lesson(name: str) -> Lesson:
    """A lesson by its name, its file, or a link. Raises `LessonError`, `LinkError`, `FileError`."""
    from components.export.token import MOST_BYTES as MOST_LESSON_BYTES
    from components.lessons import library
    from components.lessons.lesson import parse_lesson

    if name.lower().endswith((".yaml", ".yml")):
        return parse_lesson(read_file(Path(name), MOST_LESSON_BYTES))
    return library.find(name)


def _evidence(chosen: Lesson, work: LessonWork, train: bool) -> Evidence:
    from components.lessons.building import evidence_of

    scores = dict(work.hand_in.scores) if work.hand_in else {}
    if train:
        scores = _trained(chosen, work)
    answers: Mapping[str, str | float] = work.hand_in.answers if work.hand_in else {}
    bets = work.hand_in.bets if work.hand_in else {}
    kept = work.hand_in.earlier if work.hand_in else {}
    earlier = {id: content.architecture for id, content in kept.items()}
    return evidence_of(work.content.architecture, answers, bets, scores, earlier=earlier)


def _trained(chosen: Lesson, work: LessonWork) -> dict[str, dict[int, float]]:
    """What the model reaches in the runs of every check: from the store, or trained now."""
    from components.lessons.checks import RunsCheck
    from components.lessons.runs import look_up_runs, run_requests, scores_of
    from components.lessons.verifying import train_scores

    scores: dict[str, dict[int, float]] = {}
    with opened_store() as store:
        for check in chosen.checks:
            if isinstance(check, RunsCheck):
                requests = run_requests(chosen, check, work.content.architecture)
                known = scores_of(check, requests, look_up_runs(requests, store))
                left = {seed: one for seed, one in requests.items() if seed not in known}
                scores[check.id] = {**known, **train_scores(check, left)}
    return scores
