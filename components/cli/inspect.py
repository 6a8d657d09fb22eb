"""The command `inspect`: what each input of a trained model contributes."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import partial
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

if TYPE_CHECKING:
    from components.inspection.basis.results import Inspection, Refit
    from components.inspection.refit import RefitPlan
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

    A run has its inspection since its end, or else that of its kept model. An architecture is
    trained first, as `train` does; then it needs `--data`.
    """
    from components.inspection.explanation import text_report
    from components.inspection.refit import plan_refit

    load_keras()
    if _RUN_ID.fullmatch(subject):
        _refuse(options)
        request, inspected = _stored_request(subject), partial(_of_run, subject)
    else:
        request = request_of(run_arguments(subject, **options))
        inspected = partial(_of_training, request)
    plan = None if refit is None else plan_refit(request, refit)
    inspection = inspected()
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


def _of_run(run_id: str) -> Inspection:
    """The inspection that is kept with a run, or else one of its kept model."""
    from components.inspection.basis.results import parse_inspection
    from components.inspection.trained import inspect_kept
    from components.runs.artifacts import weights_file

    with opened_store() as store:
        run, text = store.get(run_id), store.inspection(run_id)
        if text is None:
            text = inspect_kept(run.request_json, weights_file(store, run_id), run.seconds)
            store.keep_inspection(run_id, text)
    return parse_inspection(text)


def _of_training(request: RunRequest) -> Inspection:
    """Train first. A failure ends the command."""
    from components.inspection.basis.results import parse_inspection
    from components.runs.foreground import train_run
    from components.training.events import Event, Inspected

    texts: list[str] = []
    report = report_progress(request.settings.epochs)

    def send(event: Event) -> None:
        if isinstance(event, Inspected):
            texts.append(event.inspection)
        report(event)

    result = train_run(request, send, inspect=True)
    if sys.stderr.isatty():
        click.echo(err=True)
    if result.status != "finished":
        end_with_failure(result.message)
    if not texts:
        end_with_failure("The model was trained, but could not be inspected.")
    return parse_inspection(texts[-1])
