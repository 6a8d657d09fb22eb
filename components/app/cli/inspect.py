"""The command `inspect`: measure the contribution of each input to a trained model."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from components.app.cli.sources import (
    ARCHITECTURE_HELP,
    Output,
    RunOptions,
    is_run_id,
    json_flag,
    opened_store,
    output_option,
    run_options,
)
from components.app.cli.train import end_with_failure, request_of, train_to_end
from components.base.errors import RunError, suggest
from components.base.workers.keras_import import load_keras
from components.experiments.races.statistics import SEEDS

if TYPE_CHECKING:
    from components.experiments.inspection.basis.results import Inspection
    from components.experiments.inspection.basis.xray_results import Xray
    from components.experiments.races.evaluation import RaceResult
    from components.experiments.races.setup import Race
    from components.experiments.training.requests import RunRequest


@click.command()
@click.argument(
    "architecture",
    metavar="RUN|ARCH",
    help=f"The id of a run whose model was kept. {ARCHITECTURE_HELP}",
)
@run_options
@click.option(
    "--refit",
    type=int,
    is_flag=False,
    flag_value=SEEDS,
    metavar="[SEEDS]",
    help="Also train the model again, whole and without each input, with so many seeds each; "
    f"{SEEDS} by default.",
)
@click.option(
    "--xray",
    type=click.IntRange(min=1),
    metavar="SAMPLE",
    help="Instead, draw the numbers of a validation sample in all layers: 1 is the first of those "
    "that the X-ray has. Needs `--output`.",
)
@click.option("--swap", metavar="INPUT", help="Take this input of the X-ray from another sample.")
@output_option("File for the picture of the X-ray.", "svg", "png")
@json_flag
def inspect(
    run: RunOptions,
    as_json: bool,
    refit: int | None,
    xray: int | None,
    swap: str | None,
    output: Output | None,
) -> int:
    """Measure what each input contributes to a trained model, and how they work together.

    The stored inspection of a run is shown; without one, its kept model is inspected. An
    architecture is trained first, as `train` does; then it needs `--data`. `--xray` draws a picture
    instead.
    """
    from components.experiments.inspection.explanation import text_report
    from components.experiments.races.kinds.without import race_without
    from components.experiments.races.plan import check
    from components.experiments.races.tables import json_of, text_of

    load_keras()
    if is_run_id(run.architecture) and run.used:
        raise RunError(
            "A run can only be inspected with its own data and settings.",
            f"--{run.used[0]}",
            "Leave the option out, or name an architecture, which is trained first.",
        )
    if xray is not None or output is not None or swap is not None:
        _draw_xray(run, xray, swap, output)
        return 0
    if is_run_id(run.architecture):
        with opened_store() as store:
            request = store.get(run.architecture).request
        inspected = partial(_inspection_of_run, run.architecture)
    else:
        request = request_of(run.read())
        inspected = partial(_inspection_of_training, request)
    race = None if refit is None else race_without(request, refit)
    if race is not None:
        check(race)
    inspection = inspected()
    results = {} if race is None else _results_by_head(race)
    if as_json:
        shown = {head: json_of(result) for head, result in results.items()}
        parts = json.loads(inspection.json_text())
        click.echo(json.dumps({**parts, "refit": shown} if shown else parts))
    else:
        click.echo("\n\n".join([text_report(inspection), *map(text_of, results.values())]))
    return 1 if any(result.failed for result in results.values()) else 0


def _results_by_head(race: Race) -> dict[str, RaceResult]:
    """Train the missing runs and return the results by head. Ctrl-C ends the command."""
    from components.experiments.races.evaluation import evaluate
    from components.experiments.races.train_race import stopped_note, train_race

    with opened_store() as store:
        plan, outcomes = train_race(race, store)
    result, heads = evaluate(plan, outcomes), race.architecture.heads
    if not result.complete:
        click.echo(stopped_note(result), err=True)
        raise click.exceptions.Exit(130)
    return {head.name: evaluate(plan.of_head(head.name), outcomes) for head in heads}


def _inspection_of_run(run_id: str) -> Inspection:
    """Return the inspection stored with a run, or else one of its kept model."""
    from components.experiments.inspection.basis.results import parse_inspection
    from components.experiments.inspection.trained import inspect_kept
    from components.experiments.queue.artifacts import keras_file, weights_in

    with opened_store() as store:
        run, text = store.get(run_id), store.result(run_id, "inspection")
        if text is None:
            weights = weights_in(keras_file(store, run_id))
            text = inspect_kept(run.request_json, weights, run.seconds)
            store.keep_result(run_id, "inspection", text)
    return parse_inspection(text)


def _draw_xray(
    run: RunOptions, sample: int | None, swap: str | None, output: Output | None
) -> None:
    """Write the X-ray of a run, or of an architecture that is trained first, as a picture."""
    from components.experiments.inspection.xray_diagram import ModelXray, xray_svg
    from components.models.analysis.model_view import model_view
    from components.models.drawing.palette import LIGHT
    from components.models.drawing.raster import png

    if sample is None or output is None:
        raise RunError(
            "An X-ray needs the number of a sample and a file.",
            f"--xray {sample or 'missing'}, --output {output or 'missing'}",
            "Write `--xray 1 -o FILE.svg`, or `.png`.",
        )
    if is_run_id(run.architecture):
        request, taken = _xray_of_run(run.architecture)
    else:
        request = request_of(run.read())
        _require_input(swap, [input_.name for input_ in request.architecture.data_inputs])
        taken = _xray_of_training(request)
    if sample > len(taken.rows):
        raise RunError(
            f"The X-ray has no sample {sample}.", sample, f"Choose 1 to {len(taken.rows)}."
        )
    _require_input(swap, taken.inputs)
    swapped = None if swap is None else (taken.inputs.index(swap), 0)
    shown = ModelXray(model_view(request.architecture).graph, taken, sample - 1, swapped)
    svg = xray_svg(shown, LIGHT, file=True)
    output.write(png(svg) if output.ending == "png" else svg)
    click.echo(f"{shown.title()}. {shown.explain()}", err=output.path is None)


def _require_input(swap: str | None, inputs: Sequence[str]) -> None:
    if swap is not None and swap not in inputs:
        raise RunError(f"The model has no input {swap}.", swap, suggest(swap, inputs))


def _xray_of_run(run_id: str) -> tuple[RunRequest, Xray]:
    """Return the latest X-ray of a run, or else one of its kept model."""
    from components.experiments.inspection.basis.xray_results import parse_xray
    from components.experiments.inspection.xray import xray_kept
    from components.experiments.queue.artifacts import keras_file, weights_in

    with opened_store() as store:
        run, taken = store.get(run_id), parse_xray(store.result(run_id, "xray"))
        if taken is None:
            weights, report = weights_in(keras_file(store, run_id)), store.report(run_id)
            text = xray_kept(run.request_json, weights, report.epoch if report else run.epochs)
            store.keep_result(run_id, "xray", text)
            taken = parse_xray(text)
    assert taken is not None
    return run.request, taken


def _xray_of_training(request: RunRequest) -> Xray:
    """Train a model and return its last X-ray, made at the end if it was too large before."""
    from components.experiments.inspection.basis.xray_results import parse_xray
    from components.experiments.inspection.xray import xray_kept
    from components.experiments.queue.artifacts import weights_in
    from components.experiments.queue.without_server import train_run
    from components.experiments.training.models import SaveOptions

    with TemporaryDirectory() as folder:
        file = Path(folder, "model.keras")
        save = SaveOptions(str(file), sys.maxsize)
        result = train_to_end(request.inspected(), train_run, save=save)
        taken = parse_xray(result.xray)
        if taken is None:
            epoch = result.report.epoch if result.report else len(result.history)
            weights = weights_in(file.read_bytes())
            taken = parse_xray(xray_kept(request.json_text(), weights, epoch))
    assert taken is not None
    return taken


def _inspection_of_training(request: RunRequest) -> Inspection:
    """Train a model and return its inspection. A failure ends the command."""
    from components.experiments.inspection.basis.results import parse_inspection
    from components.experiments.queue.without_server import train_run

    result = train_to_end(request.inspected(), train_run)
    if not result.inspection:
        end_with_failure("The model was trained, but could not be inspected.")
    return parse_inspection(result.inspection)
