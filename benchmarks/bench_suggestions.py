"""The change that a verdict suggests, trained: how often is it better?

`python -m benchmarks suggestions` trains 40 models of two vectors, chosen by `random.Random(5)`
from strategies, relations, samples, epochs and learning rates, and again with the change that the
verdict suggests, if it suggests one. Better and worse are by the intervals of both runs.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import NamedTuple

from benchmarks.rows import BenchmarkRow, show
from components.base.errors import PlaygroundError
from components.experiments.inspection.basis.results import parse_inspection
from components.experiments.queue.without_server import train_run
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import FIRST, parse_entry
from components.experiments.races.fitted import fit_entry, with_suggestion
from components.experiments.training.intervals import UNKNOWN, QualityInterval
from components.experiments.training.requests import RunRequest, Settings
from components.experiments.verdicts.figures import RunFigures, figures_of
from components.experiments.verdicts.verdict import RunVerdict, verdicts
from sample_data.ceilings import ceilings
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

WANTED = 40
SAMPLES, EPOCHS = (100, 500, 2000), (3, 10, 20)
RATES = (1e-5, 1e-3, 1e-3, 1e-2, 0.1, 1.0)


class Trial(NamedTuple):
    """A training with its figures and the verdict on its only head."""

    request: RunRequest
    figures: RunFigures
    verdict: RunVerdict | None


def trial(request: RunRequest) -> Trial:
    """Train a request, and judge it."""
    assert isinstance(request.data, DataSpec)
    outcome = train_run(request.inspected(), lambda _: None)
    by_head = figures_of(
        request,
        outcome.history,
        outcome.report,
        ceilings(request.architecture, request.data),
        {},
        ended=True,
        message=outcome.message,
        inspection=parse_inspection(outcome.inspection) if outcome.inspection else None,
    )
    (figures,) = by_head.values()
    return Trial(request, figures, next(iter(verdicts(by_head)), None))


def chosen() -> list[RunRequest]:
    """Return the trainings; those whose relation does not fit the model are drawn again."""
    drawn, base, requests = random.Random(5), two_vectors().architecture, list[RunRequest]()
    while len(requests) < WANTED:
        strategy, kind = drawn.choice(FIRST), drawn.choice(sorted(RELATIONS))
        samples, epochs, rate = map(drawn.choice, (SAMPLES, EPOCHS, RATES))
        architecture = fit_entry(base, parse_entry(strategy)).architecture
        try:
            data = DataSpec(relation=RELATIONS[kind](), samples=samples)
            settings = Settings(epochs=epochs, learning_rate=rate)
            request = RunRequest(architecture=architecture, data=data, settings=settings)
            ceilings(request.architecture, data)
        except (PlaygroundError, ValueError):
            continue
        requests.append(request)
    return requests


def compared(before: QualityInterval, after: QualityInterval) -> str:
    """Return `better` or `worse` if the intervals don't overlap; a training that diverged is worse
    than any.
    """
    if before == UNKNOWN or after.low > before.high:
        return "better"
    return "worse" if after == UNKNOWN or after.high < before.low else "no difference"


def main() -> None:
    """Print a row for each training, then the counts."""
    rows, counts = list[BenchmarkRow](), Counter[str]()
    for request in chosen():
        before = trial(request)
        assert isinstance(request.data, DataSpec)
        name = f"{request.data.relation.title}, {request.architecture.merges[-1].title}"
        if before.verdict is None:
            figures = {"result": "silent"}
        elif (suggested := before.verdict.suggestion) is None:
            figures = {"case": before.verdict.case, "result": "nothing suggested"}
        else:
            old, new = (
                before.figures.reached,
                trial(with_suggestion(request, suggested)).figures.reached,
            )
            figures = {
                "case": before.verdict.case,
                "change": suggested.label,
                "before": f"{old.value:.3f}",
                "after": f"{new.value:.3f}",
                "result": compared(old, new),
            }
        counts[figures["result"]] += 1
        rows.append(BenchmarkRow(name, figures))
    show("suggested changes", rows)
    print(", ".join(f"{name} {count}" for name, count in counts.most_common()))


if __name__ == "__main__":
    main()
