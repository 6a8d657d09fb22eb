"""The command `train`: train once, with results as text or as JSON data."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

import click

from components.app.cli.sources import (
    Output,
    RunArguments,
    RunOptions,
    architecture_argument,
    json_flag,
    opened_store,
    output_option,
    run_options,
)
from components.base.errors import DataError
from components.base.files import not_writable
from components.base.text import byte_size, duration, progress_bar
from components.base.workers.keras_import import load_keras
from components.experiments.training.events import (
    ClassReport,
    Epoch,
    Event,
    HeadReport,
    Outcome,
    Report,
)
from components.experiments.training.requests import RunRequest, Settings
from sample_data.loading.sources import about, load
from sample_data.loading.synthetic import DataSpec

if TYPE_CHECKING:
    from components.experiments.verdicts.verdict import RunVerdict
    from sample_data.ceilings import Ceilings

CeilingsByHead = Mapping[str, "Ceilings"]


@click.command()
@architecture_argument
@run_options
@output_option("File for the trained model; it ends in .keras.", "keras")
@click.option(
    "--keep",
    is_flag=True,
    help="Keep the run with its model: the app lists it under All, and `inspect` and `record` take "
    "its id, which is printed.",
)
@json_flag
def train(run: RunOptions, output: Output | None, keep: bool, as_json: bool) -> int:
    """Train once and report the results."""
    from components.experiments.queue.without_server import train_kept, train_run
    from components.experiments.training.models import SaveOptions

    request = request_of(run.read())
    ceilings = _ceilings_of(request)
    load_keras()
    with TemporaryDirectory() as folder, opened_store() if keep else nullcontext() as store:
        file = Path(folder, "model.keras")
        largest = store.models.max_file_bytes if store and output is None else sys.maxsize
        save = SaveOptions(str(file), largest) if keep or output else None
        start = partial(train_kept, store=store) if store else train_run
        result = train_to_end(request, start, save=save)
        if as_json:
            text = json.dumps(json_report(request, result, ceilings))
        else:
            text = text_report(request, result, ceilings)
        click.echo(text, err=output is not None and output.path is None)
        if output is not None:
            if not file.exists():
                raise not_writable("the trained model is not there")
            output.write(file.read_bytes())
    return 0


def request_of(run: RunArguments) -> RunRequest:
    """Return a run's request. Raises `DataError` without data, and what loading a file raises."""
    if run.data is None:
        raise DataError(
            "A run needs data to train on.", "no DATA", "Add `--data` with the name of a dataset."
        )
    if not isinstance(run.data, DataSpec):
        load(run.architecture, run.data)
    return RunRequest(
        architecture=run.architecture, data=run.data, settings=run.settings or Settings()
    )


def train_to_end(request: RunRequest, start: Callable[..., Outcome], **more: Any) -> Outcome:
    """Train with `start`, and show progress on standard error. A failure ends the command."""
    result = start(request, _report_progress(request.settings.epochs), **more)
    if sys.stderr.isatty():
        click.echo(err=True)
    if result.status != "finished":
        end_with_failure(result.message)
    return result


def end_with_failure(message: str) -> NoReturn:
    """End the command with code 1, for a failed run after valid input."""
    click.echo(f"error: {message}", err=True)
    raise click.exceptions.Exit(1)


def _report_progress(epochs: int) -> Callable[[Event], None]:
    """Report a run on standard error: a bar on a terminal, otherwise a line for each epoch."""

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


def _ceilings_of(request: RunRequest) -> CeilingsByHead:
    """Return the ceilings of a relation by head; empty for other data. Raises `DataError`."""
    if not isinstance(request.data, DataSpec):
        return {}
    from sample_data.ceilings import ceilings

    return ceilings(request.architecture, request.data)


def json_report(request: RunRequest, result: Outcome, ceilings: CeilingsByHead) -> dict[str, Any]:
    """Return the results of a run as JSON data."""
    return {
        "architecture": request.architecture.name,
        "run": result.run,
        "status": result.status,
        "epochs": len(result.history),
        "seconds": round(result.seconds, 3),
        "parameters": result.parameters,
        "seed": request.settings.seed,
        "notes": about(request.data).notes,
        "metrics": result.final,
        "report": result.report.model_dump(mode="json", exclude={"kind"})
        if result.report
        else None,
        "ceilings": {name: asdict(of_head) for name, of_head in ceilings.items()},
        "verdicts": [
            {"head": one.head, "case": one.case, "text": one.text}
            for one in _verdicts_on(request, result, ceilings)
        ],
    }


def _verdicts_on(
    request: RunRequest, result: Outcome, ceilings: CeilingsByHead
) -> Sequence[RunVerdict]:
    """Return the verdicts on the heads of a finished run."""
    from components.experiments.inspection.basis.results import parse_inspection
    from components.experiments.verdicts.figures import figures_of
    from components.experiments.verdicts.verdict import verdicts

    figures = figures_of(
        request,
        result.history,
        result.report,
        ceilings,
        about(request.data).classes,
        ended=True,
        inspection=parse_inspection(result.inspection) if result.inspection else None,
    )
    return verdicts(figures)


def text_report(request: RunRequest, result: Outcome, ceilings: CeilingsByHead) -> str:
    """Return the results of a run as text: the last epoch, then the quality of each head."""
    lines = [f"{key:<40} {value:.4f}" for key, value in result.final.items()]
    lines += ["", *notes] if (notes := about(request.data).notes) else []
    if result.report is not None:
        lines += ["", *_report(result.report, ceilings, about(request.data).classes)]
    if verdicts := _verdicts_on(request, result, ceilings):
        lines += ["", *(verdict.text for verdict in verdicts)]
    if result.run:
        lines += ["", f"Kept as run {result.run}. The app lists it under All."]
    return "\n".join(lines)


def _report(
    report: Report, ceilings: CeilingsByHead, classes: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    yield (
        f"After epoch {report.epoch}, on {report.measured_on} "
        f"({duration(report.epoch_seconds)} per epoch, {byte_size(report.memory_bytes)} of memory):"
    )
    for name, head in report.heads.items():
        yield ""
        measures = {key.replace("_", " "): f"{value:.4f}" for key, value in head.measures.items()}
        yield f"{name}: {_pairs(measures)}"
        if name in ceilings:
            yield _ceiling_line(head, ceilings[name])
        if head.classes:
            yield f"  {'class':<20}{'samples':>9}{'precision':>11}{'recall':>9}{'f1':>9}"
            yield from (_class_line(scores, classes.get(name, ())) for scores in head.classes)


def _ceiling_line(head: HeadReport, ceilings: Ceilings) -> str:
    """Return the measure that the head reached, beside its ceilings."""
    from components.experiments.training.reports import CEILING_METRICS

    metric = CEILING_METRICS[ceilings.measure]
    levels = {
        "reached": head.measures.get(metric),
        "chance": ceilings.chance.value,
        **{f"{name} alone": ceiling.value for name, ceiling in ceilings.single.items()},
        "additive": ceilings.additive.value,
        "Bayes optimum": ceilings.bayes.value,
    }
    texts = {name: _number(value) for name, value in levels.items()}
    return f"  {metric.replace('_', ' ')}: {_pairs(texts)}"


def _pairs(texts: Mapping[str, str]) -> str:
    return "  ".join(f"{name} {text}" for name, text in texts.items())


def _class_line(scores: ClassReport, names: Sequence[str]) -> str:
    name = names[scores.label] if scores.label < len(names) else str(scores.label)
    precision, recall, f1 = map(_number, (scores.precision, scores.recall, scores.f1))
    return f"  {name[:19]:<20}{scores.samples:>9,}{precision:>11}{recall:>9}{f1:>9}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
