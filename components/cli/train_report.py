"""The output of the command `train`, as text or as JSON data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from components.core.text import byte_size, duration
from components.training.events import ClassReport, HeadReport, Report, RunResult
from components.training.reports import CEILING_METRICS
from components.training.requests import RunRequest
from sample_data.sources import about
from sample_data.synthetic import DataSpec

if TYPE_CHECKING:
    from sample_data.ceilings import Ceilings

CeilingsByHead = Mapping[str, "Ceilings"]


def ceilings_of(request: RunRequest) -> CeilingsByHead:
    """The ceilings of a relation by head; empty for other data. Raises `DataError`."""
    if not isinstance(request.data, DataSpec):
        return {}
    from sample_data.ceilings import ceilings

    return ceilings(request.architecture, request.data)


def json_report(request: RunRequest, result: RunResult, ceilings: CeilingsByHead) -> dict[str, Any]:
    """The run as JSON data."""
    return {
        "architecture": request.architecture.name,
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
    }


def text_report(request: RunRequest, result: RunResult, ceilings: CeilingsByHead) -> str:
    """The run as lines of text: the last epoch, then how well each head predicts."""
    lines = [f"{key:<40} {value:.4f}" for key, value in result.final.items()]
    lines += ["", *notes] if (notes := about(request.data).notes) else []
    if result.report is not None:
        lines += ["", *_report(result.report, ceilings, about(request.data).classes)]
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
    """The measure that the head reached, beside its ceilings."""
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
