"""The command `pays`: test with statistics if the fusion of inputs pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from components.app.cli.compare import check_options, finish, race_options
from components.app.cli.sources import (
    DATA_HELP,
    Output,
    architecture_argument,
    data_options,
    opened_store,
    read_arguments,
    read_data_or_default,
    read_settings,
    settings_options,
)
from components.base.errors import DataError
from components.base.workers.keras_import import load_keras
from components.experiments.races.statistics import SEEDS
from components.experiments.training.requests import Settings, settings_for


@click.command()
@architecture_argument
@click.option("--data", "name", metavar="DATA", help=DATA_HELP)
@click.option(
    "--merge",
    default="concatenate",
    metavar="STRATEGY",
    help="Strategy that is compared with each input alone; concatenate by default.",
)
@click.option("--head", default="", metavar="NAME", help="Head to compare; the first by default.")
@click.option(
    "--seeds",
    type=int,
    default=SEEDS,
    metavar="K",
    help=f"Trainings per model; {SEEDS} by default. A verdict needs at least 3.",
)
@race_options
@data_options
@settings_options
def pays(
    architecture: str,
    name: str | None,
    merge: str,
    head: str,
    seeds: int,
    samples: int | None,
    difficulty: float | None,
    settings: Mapping[str, Any],
    as_json: bool,
    csv: Output | None,
    workers: int | None,
) -> int:
    """Tell if a model of several inputs is better than each input alone, all tuned alike."""
    from components.experiments.races.evaluation import evaluate
    from components.experiments.races.kinds.pays import race_pays
    from components.experiments.races.plan import check
    from components.experiments.races.train_race import train_race

    check_options(csv, as_json, workers)
    content = read_arguments(architecture)
    data = read_data_or_default(name, content.data, samples, difficulty, None, content.architecture)
    if data is None:
        raise DataError("A race needs data.", "no DATA", "Add `--data` with the name of a dataset.")
    chosen = settings_for(read_settings(settings, content.settings) or Settings(), data)
    load_keras()
    race = race_pays(content.architecture, data, chosen, merge, seeds, head)
    check(race)
    with opened_store() as store:
        return finish(evaluate(*train_race(race, store, workers)), csv, as_json)
