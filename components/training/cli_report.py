"""What the command line says of a run that has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from components.core.text import byte_size, duration
from components.training.events import ClassReport, HeadReport, Report, RunResult
from components.training.requests import RunRequest
from sample_data.sources import about
from sample_data.synthetic import DataSpec

if TYPE_CHECKING:
    from sample_data.ceilings import Ceilings

MEASURES = {"accuracy": "accuracy", "r2": "r2_score"}
"""The measure of a ceiling, and that of a head it is a ceiling of."""

Reachable = Mapping[str, "Ceilings"]


def reachable(request: RunRequest) -> Reachable:
    """What can be reached, by head: of a relation, else nothing is known. Raises `DataError`."""
    if not isinstance(request.data, DataSpec):
        return {}
    from sample_data.ceilings import ceilings

    return ceilings(request.architecture, request.data)


def data_of(request: RunRequest, result: RunResult, ceilings: Reachable) -> dict[str, Any]:
    """The run as JSON data."""
    return {
        "architecture": request.architecture.name,
        "status": result.status,
        "epochs": len(result.history),
        "seconds": round(result.seconds, 3),
        "parameters": result.parameters,
        "seed": request.settings.seed,
        "metrics": result.final,
        "report": result.report.model_dump(mode="json", exclude={"kind"})
        if result.report
        else None,
        "ceilings": {head: asdict(found) for head, found in ceilings.items()},
    }


def text_of(request: RunRequest, result: RunResult, ceilings: Reachable) -> str:
    """The run as lines to read: the last epoch, then how well each head predicts."""
    lines = [f"{key:<40} {value:.4f}" for key, value in result.final.items()]
    if result.report is not None:
        lines += ["", *_report(result.report, ceilings, about(request.data).classes)]
    return "\n".join(lines)


def _report(
    report: Report, ceilings: Reachable, classes: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    on = "validation" if report.validated else "training"
    yield (
        f"After epoch {report.epoch}, on {report.samples:,} {on} samples "
        f"({duration(report.epoch_seconds)} an epoch, {byte_size(report.memory_bytes)}):"
    )
    for name, head in report.heads.items():
        yield ""
        yield from _head(name, head)
        if name in ceilings:
            yield from _beside(head, ceilings[name])
        if head.classes:
            yield f"  {'class':<20}{'samples':>9}{'precision':>11}{'recall':>9}{'f1':>9}"
            yield from (_class(found, classes.get(name, ())) for found in head.classes)


def _head(name: str, head: HeadReport) -> Iterator[str]:
    told = "  ".join(f"{key.replace('_', ' ')} {value:.4f}" for key, value in head.measures.items())
    yield f"{name}: {told}"


def _beside(head: HeadReport, ceilings: Ceilings) -> Iterator[str]:
    """What was reached, beside what can be."""
    measure = MEASURES[ceilings.measure]
    reached = head.measures.get(measure)
    levels = {
        "reached": reached,
        "chance": ceilings.chance.value,
        **{f"{name} alone": ceiling.value for name, ceiling in ceilings.single.items()},
        "additive": ceilings.additive.value,
        "Bayes": ceilings.bayes.value,
    }
    told = "  ".join(f"{name} {_number(value)}" for name, value in levels.items())
    yield f"  {measure.replace('_', ' ')}: {told}"


def _class(found: ClassReport, names: Sequence[str]) -> str:
    name = names[found.label] if found.label < len(names) else str(found.label)
    precision, recall, f1 = map(_number, (found.precision, found.recall, found.f1))
    return f"  {name[:19]:<20}{found.samples:>9,}{precision:>11}{recall:>9}{f1:>9}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
