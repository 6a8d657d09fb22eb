"""The command `inspect`: what each input of a trained model contributes."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from components.cli.sources import (
    ARCHITECTURE_HELP,
    data_options,
    run_arguments,
    seed_and_data_options,
    settings_options,
)
from components.cli.store import opened_store
from components.cli.train import end_with_failure, report_progress, request_of
from components.core.errors import RunError
from components.core.keras_import import load_keras
from components.core.text import progress_bar

if TYPE_CHECKING:
    from components.inspection.refit import RefitPlan
    from components.inspection.results import Inspection, Refit
    from components.training.events import Event
    from components.training.requests import RunRequest

SEEDS = 5
_RUN_ID = re.compile(r"[0-9a-f]{12}")


@click.command()
@click.argument(
    "subject", metavar="RUN|ARCH", help=f"The id of a run whose model was kept. {ARCHITECTURE_HELP}"
)
@seed_and_data_options
@data_options
@settings_options
@click.option(
    "--refit",
    type=int,
    is_flag=False,
    flag_value=SEEDS,
    metavar="[SEEDS]",
    help="Also train the model again, whole and without each input, with so many seeds each; "
    f"{SEEDS} by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def inspect(subject: str, as_json: bool, refit: int | None, **options: Any) -> int:
    """Measure what each input contributes to a trained model, and how they work together.

    An architecture is trained first, as `train` does; then it needs `--data`.
    """
    from components.inspection.refit import plan_refit
    from components.inspection.text import text_report

    with tempfile.TemporaryDirectory(prefix="fusion-inspect-") as folder:
        load_keras()
        if _RUN_ID.fullmatch(subject):
            _refuse(options)
            request, trained = _stored_request(subject), partial(_stored, subject)
        else:
            request = request_of(run_arguments(subject, **options))
            trained = partial(_trained, request, Path(folder))
        plan = None if refit is None else plan_refit(request, refit)
        inspection = _inspected(request, trained(), Path(folder))
    if plan is not None:
        inspection = inspection.model_copy(update={"refit": _refit(request, plan)})
    click.echo(inspection.json_text() if as_json else text_report(inspection))
    return 1 if inspection.refit and inspection.refit.failed else 0


def _refit(request: RunRequest, plan: RefitPlan) -> Refit:
    """Train what is missing in the store. Ctrl-C ends the command; finished runs are kept."""
    from components.inspection.refit import refit_groups, refit_labels
    from components.inspection.refit_evaluation import evaluate_refit
    from components.race.command import train_missing
    from components.runs.foreground import train_groups

    groups = [{one.digest: one for one in group} for group in refit_groups(request, plan.seeds)]
    with opened_store() as store:
        trained = train_missing(
            groups, refit_labels(plan), f"refit-{request.digest}", store, train_groups, sys.stderr
        )
    refit = evaluate_refit(plan, request, trained.outcomes)
    if trained.halted and refit.done < refit.total:
        kept = f"{refit.done:,} of {refit.total:,} runs are kept"
        click.echo(f"stopped: {kept}; run the same command to continue", err=True)
        raise click.exceptions.Exit(130)
    return refit


def _refuse(options: Mapping[str, Any]) -> None:
    """Raise `RunError` for options of training beside a run, which has its own."""
    chosen = {key: value for key, value in options.items() if key != "settings"}
    used = [key for key, value in {**chosen, **options["settings"]}.items() if value is not None]
    if used:
        raise RunError(
            "A run must be inspected with its own data and settings.",
            f"--{used[0].replace('_', '-')}",
            "Leave the option out, or name an architecture, which is trained first.",
        )


def _stored_request(run_id: str) -> RunRequest:
    with opened_store() as store:
        return store.get(run_id).request


def _stored(run_id: str) -> bytes:
    from components.runs.artifacts import weights_file

    with opened_store() as store:
        return weights_file(store, run_id)


def _trained(request: RunRequest, folder: Path) -> bytes:
    """Train first. A failure ends the command."""
    from components.runs.artifacts import weights_in
    from components.runs.foreground import train_run
    from components.training.models import SaveOptions

    path = folder / "trained.keras"
    save = SaveOptions(str(path), sys.maxsize)
    result = train_run(request, report_progress(request.settings.epochs), save=save)
    _end_line()
    if result.status != "finished":
        end_with_failure(result.message)
    return weights_in(path.read_bytes())


def _inspected(request: RunRequest, weights: bytes, folder: Path) -> Inspection:
    from components.inspection.results import parse_inspection
    from components.runs.foreground import inspect_run
    from components.training.events import Inspected
    from components.training.models import WEIGHTS

    path, events = folder / WEIGHTS, list[Any]()
    path.write_bytes(weights)
    result = inspect_run(request, path, _progress(events.append))
    _end_line()
    texts = [event.inspection for event in events if isinstance(event, Inspected)]
    if not texts:
        end_with_failure(result.message)
    return parse_inspection(texts[-1])


def _progress(send: Callable[[Event], None]) -> Callable[[Event], None]:
    """Passes events on, and shows a bar on a terminal."""
    from components.training.events import Progress

    def report(event: Event) -> None:
        if isinstance(event, Progress) and sys.stderr.isatty():
            click.echo(f"\r{progress_bar(event.fraction)} inspecting\x1b[K", err=True, nl=False)
        send(event)

    return report


def _end_line() -> None:
    if sys.stderr.isatty():
        click.echo(err=True)
