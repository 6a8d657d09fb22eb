"""Subject of a design record: a model, and the results of a run of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from components.base.errors import PlaygroundError, RunError
from components.experiments.inspection.basis.results import Inspection, parse_inspection
from components.experiments.queue.run import Run
from components.experiments.queue.sweeps import Sweep
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.plan import OutcomeSource, look_up
from components.experiments.races.stored_race import stored_race_of
from components.experiments.training.events import Epoch, Report
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from sample_data.loading.sources import Data


@dataclass(frozen=True)
class RecordSubject:
    """Model, with its data and settings if known, and a run of it with its findings."""

    architecture: Architecture
    data: Data | None = None
    settings: Settings | None = None
    whole: Architecture | None = None
    """Architecture that the data fits, if inputs of it were left out."""
    run: Run | None = None
    report: Report | None = None
    points: tuple[Epoch, ...] = ()
    inspection: Inspection | None = None
    races: tuple[RaceResult, ...] = ()
    """Races of other merges that the run belongs to."""
    refits: tuple[RaceResult, ...] = ()
    """Races of the model without each of its inputs, one for each head."""


def subject_of_run(
    run: Run,
    report: Report | None,
    inspection: str | None,
    sweeps: Sequence[Sweep | None],
    source: OutcomeSource,
) -> RecordSubject:
    """Return the subject of a stored run.

    Parts that can't be read here, and sweeps that are no races, are left out. Raises
    `PlaygroundError` if the request itself can't be read.
    """
    request, inspected, results = run.request, None, list[RaceResult]()
    request = request.at_rate(report.learning_rate if report else None)
    if inspection is not None:
        with suppress(RunError):
            inspected = parse_inspection(inspection)
    for sweep in sweeps:
        if sweep is not None and sweep.is_race:
            with suppress(PlaygroundError):
                results += _results(sweep, source)
    parts = request.architecture, request.data, request.settings, request.whole
    return RecordSubject(
        *(*parts, run, report, source.histories([run.id]).get(run.id, ()), inspected),
        races=tuple(one for one in results if not one.setup.refits),
        refits=tuple(one for one in results if one.setup.refits),
    )


def _results(sweep: Sweep, source: OutcomeSource) -> Iterator[RaceResult]:
    plan = stored_race_of(sweep).plan
    outcomes, race = look_up(plan.digests, source), plan.race
    for head in race.architecture.heads if race.refits else [race.compared]:
        yield evaluate(plan.of_head(head.name), outcomes)
