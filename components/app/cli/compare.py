"""The command `compare`: a race of strategies, with statistics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from components.app.cli.sources import (
    Command,
    Output,
    architecture_argument,
    data_options,
    opened_store,
    output_option,
    read_arguments,
    read_data,
    read_data_or_default,
    read_settings,
    settings_options,
)
from components.base.errors import DataError, FileError
from components.base.workers.keras_import import load_keras
from components.experiments.races.entries import StrategyEntry, parse_entries
from components.experiments.races.statistics import SEEDS
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from sample_data.loading.sources import Data

if TYPE_CHECKING:
    from components.experiments.races.evaluation import RaceResult


def race_options(command: Command) -> Command:
    """Add the options for the processes of a race and for its result."""
    workers = click.option(
        "--workers",
        type=int,
        metavar="N",
        help="Processes at a time; one for each core by default.",
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
    csv = output_option("File for the table as CSV.", name="csv")
    return workers(as_json(csv(command)))


@click.command()
@architecture_argument
@click.option(
    "--merges",
    required=True,
    metavar="A,B,C",
    help="Strategies such as add,gated:units=8,concatenate:then=dense; `all` for those that fit.",
)
@click.option(
    "--data",
    "names",
    multiple=True,
    metavar="DATA[,DATA]",
    help="Relations such as xor or additive:noise=0.5, collections, or .npz files.",
)
@click.option(
    "--seeds",
    type=int,
    default=SEEDS,
    metavar="K",
    help=f"Trainings per strategy and dataset; {SEEDS} by default. A verdict needs at least 3, "
    "and 4 where some trainings fail to learn.",
)
@click.option("--merge", default="", metavar="NAME", help="Merge to replace; the last by default.")
@click.option("--head", default="", metavar="NAME", help="Head to compare; the first by default.")
@click.option(
    "--matched", is_flag=True, help="Fit widths so that all strategies have as many parameters."
)
@click.option(
    "--target",
    type=int,
    default=0,
    metavar="N",
    help="Number of parameters for --matched; the architecture's by default.",
)
@race_options
@data_options
@settings_options
def compare(
    architecture: str,
    names: Sequence[str],
    samples: int | None,
    difficulty: float | None,
    settings: Mapping[str, Any],
    as_json: bool,
    csv: Output | None,
    workers: int | None,
    merges: str,
    **setup: Any,
) -> int:
    """Train strategies on the same data and compare them, with statistics."""
    from components.experiments.races.evaluation import evaluate
    from components.experiments.races.kinds import make_race
    from components.experiments.races.plan import check
    from components.experiments.races.train_race import train_race

    check_options(csv, as_json, workers)
    if setup["target"] and not setup["matched"]:
        raise DataError(
            "`--target` needs `--matched`.", f"--target {setup['target']}", "Add `--matched`."
        )
    content = read_arguments(architecture)
    if names:
        data: list[Data] = [
            read_data(name, samples, difficulty, None, content.architecture)
            for name in split_names(names)
        ]
    else:
        own = read_data_or_default(None, content.data, samples, difficulty, None)
        data = [own] if own is not None else []
    if not data:
        raise DataError("A race needs data.", "no DATA", "Add `--data` with the name of a dataset.")
    chosen = read_settings(settings, content.settings) or Settings()
    load_keras()
    entries = _entries(merges, content.architecture, setup["merge"])
    race = make_race(
        architecture=content.architecture, entries=entries, data=data, settings=chosen, **setup
    )
    check(race)
    with opened_store() as store:
        return finish(evaluate(*train_race(race, store, workers)), csv, as_json)


def split_names(texts: Sequence[str]) -> list[str]:
    """Split names of datasets at commas; a part with `=` is a parameter of the one before."""
    parts: list[str] = []
    for text in texts:
        start = len(parts)
        for part in text.split(","):
            parameter = "=" in part and ":" not in part and not part.lower().endswith(".npz")
            if parameter and len(parts) > start:
                parts[-1] += f",{part}"
            else:
                parts.append(part)
    return parts


def check_options(csv: Output | None, as_json: bool, workers: int | None) -> None:
    """Raise `FileError` or `DataError` for invalid options before any training."""
    if csv and csv.path is None and as_json:
        raise FileError(
            "Standard output can't hold both CSV and JSON.",
            "--csv - --json",
            "Name a file for the CSV.",
        )
    if workers is not None and workers < 1:
        raise DataError(
            "At least one process is needed to train.", f"--workers {workers}", "Write 1."
        )


def _entries(merges: str, architecture: Architecture, merge: str) -> tuple[StrategyEntry, ...]:
    from components.experiments.races.fitted import eligible

    entries = parse_entries(merges)
    if merges.strip() != "all":
        return entries
    fits = eligible(architecture, merge=merge)
    return tuple(StrategyEntry(kind=kind) for kind, fit in fits.items() if fit.architecture)


def finish(result: RaceResult, csv: Output | None, as_json: bool) -> int:
    """Print and write the result of a race, and return the exit code.

    Raises `FileError` if a file can't be written.
    """
    from components.experiments.races.tables import csv_of, json_of, text_of
    from components.experiments.races.train_race import stopped_note

    if csv:
        csv.write(csv_of(result))
    if csv is None or csv.path is not None:
        click.echo(json.dumps(json_of(result)) if as_json else text_of(result))
    if not result.complete:
        click.echo(stopped_note(result), err=True)
        return 130
    return 1 if result.failed else 0
