"""The command `train`: one run, with its results."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from components.cli.sources import (
    RunArguments,
    RunOptions,
    architecture_argument,
    file_ending,
    output_option,
    run_options,
)
from components.core.errors import DataError
from components.core.files import exists, not_writable
from components.core.keras_import import load_keras
from components.core.text import progress_bar
from components.training.requests import RunRequest, Settings

if TYPE_CHECKING:
    from components.training.events import Event


@click.command()
@architecture_argument
@run_options
@output_option("File for the trained model; it ends in .keras.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def train(run: RunOptions, output: Path | None, as_json: bool) -> int:
    """Train once and report the results."""
    from components.cli import train_report
    from components.runs.foreground import train_run
    from components.training.models import SaveOptions

    if output is not None:
        _check_output(output)
    request = request_of(run.read())
    ceilings = train_report.ceilings_of(request)
    load_keras()
    save = SaveOptions(str(output.absolute()), sys.maxsize) if output else None
    before = _identity(output)
    result = train_run(request, report_progress(request.settings.epochs), save=save)
    if sys.stderr.isatty():
        click.echo(err=True)
    if result.status != "finished":
        end_with_failure(result.message)
    if as_json:
        click.echo(json.dumps(train_report.json_report(request, result, ceilings)))
    else:
        click.echo(train_report.text_report(request, result, ceilings))
    if output is not None and _identity(output) == before:
        raise not_writable(f"{output}: the trained model is not there")
    return 0


def _identity(path: Path | None) -> tuple[int, int] | None:
    """What tells a file from the one that replaces it; `None` if there is none."""
    if path is None or not exists(path):
        return None
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def _check_output(path: Path) -> None:
    """Raises `FileError` before a run whose model can't be written."""
    file_ending(path, ("keras",), "A trained model's file")
    if not os.access(path.parent, os.W_OK) or path.is_dir():
        raise not_writable(path)


def request_of(run: RunArguments) -> RunRequest:
    """The request of a run. Raises `DataError` without data, and what loading a file raises."""
    from sample_data.sources import load
    from sample_data.synthetic import DataSpec

    if run.data is None:
        raise DataError(
            "A run needs data to train on.", "no DATA", "Add `--data` with the name of a dataset."
        )
    if not isinstance(run.data, DataSpec):
        load(run.architecture, run.data)
    return RunRequest(
        architecture=run.architecture, data=run.data, settings=run.settings or Settings()
    )


def end_with_failure(message: str) -> NoReturn:
    """End the command with code 1: its input is good, but a run has failed."""
    click.echo(f"error: {message}", err=True)
    raise click.exceptions.Exit(1)


def report_progress(epochs: int) -> Callable[[Event], None]:
    """Reports a run on standard error: a bar on a terminal, else a line for each epoch."""
    from components.training.events import Epoch

    def report(event: Event) -> None:
        if not isinstance(event, Epoch):
            return
        metrics = "  ".join(f"{key} {value:.4f}" for key, value in event.logs.items())
        line = f"{event.epoch}/{epochs}  {metrics}"
        if sys.stderr.isatty():
            bar = progress_bar(event.epoch / epochs)
            click.echo(f"\r{bar} {line}\x1b[K", err=True, nl=False)
        else:
            click.echo(line, err=True)

    return report
