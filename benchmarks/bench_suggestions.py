"""Verdicts on runs against what a teacher expects, and the change that they suggest, trained.

`python -m benchmarks suggestions` trains 40 models of two vectors, chosen by `random.Random(5)`
from strategies, relations, samples, epochs and learning rates, and 12 models of own tables. A
verdict is false if its case is none of those that were expected before the first training. Each is
trained again with the change that its verdict suggests, if any; better and worse are by the
intervals of both runs.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.rows import BenchmarkRow, show
from components.app.cli.own_table import of_table
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
EXPECTED = (
    "rate_too_high class_never_predicted at_chance",
    "reached still_improving overfits as_good_as_possible",
    "too_few_samples",
    "as_good_as_possible reached overfits still_improving",
    "reached too_few_samples as_good_as_possible rate_too_high overfits",
    "only_adds still_improving reached",
    "too_few_samples",
    "too_few_samples rate_too_low",
    "too_few_samples still_improving reached",
    "reached overfits too_few_samples rate_too_high as_good_as_possible input_ignored",
    "reached overfits too_few_samples as_good_as_possible",
    "too_few_samples overfits",
    "only_adds still_improving at_chance reached",
    "as_good_as_possible reached rate_too_high",
    "still_improving reached as_good_as_possible",
    "only_adds overfits",
    "as_good_as_possible still_improving reached",
    "too_few_samples overfits",
    "as_good_as_possible still_improving reached",
    "too_few_samples rate_too_low",
    "rate_too_low",
    "as_good_as_possible still_improving reached",
    "reached overfits at_chance rate_too_high still_improving",
    "rate_too_low",
    "too_few_samples reached overfits still_improving",
    "too_few_samples overfits rate_too_high",
    "as_good_as_possible reached",
    "as_good_as_possible reached still_improving",
    "too_few_samples overfits rate_too_high",
    "reached rate_too_high overfits class_never_predicted input_ignored",
    "too_few_samples",
    "reached too_few_samples overfits rate_too_high",
    "rate_too_low",
    "rate_too_low",
    "too_few_samples overfits",
    "reached overfits as_good_as_possible",
    "too_few_samples reached",
    "reached still_improving as_good_as_possible overfits",
    "as_good_as_possible reached still_improving",
    "only_adds overfits",
)
"""Cases that are true of each training, written before any of them was run."""


class OwnTable(NamedTuple):
    """A table of two groups of three numbers, with a label of known strength."""

    name: str
    expected: str
    rows: int = 800
    strength: float = 3.0
    """Weight of the columns beside noise of 1; with 0 they tell nothing about the label."""
    positive: float = 0.5
    """Share of the label 1; 0 for a number as the label."""
    share: float = 0.25
    settings: Settings = Settings(epochs=20)

    def request(self, folder: str) -> RunRequest:
        """Write the table into a folder, and return the run of its proposed model."""
        drawn = np.random.default_rng(5)
        numbers, noise = drawn.normal(size=(self.rows, 6)), drawn.normal(size=self.rows)
        score = self.strength * numbers.mean(axis=1) * np.sqrt(6) + noise
        labels = score > np.quantile(score, 1 - self.positive) if self.positive else score
        values = [
            f"{','.join(map(str, row))},{y:g}" for row, y in zip(numbers, labels, strict=True)
        ]
        file = Path(folder, "rows.csv")
        file.write_text("\n".join(["a_0,a_1,a_2,b_0,b_1,b_2,label", *values]))
        architecture, data = of_table(f"{file}:share={self.share}")
        return RunRequest(architecture=architecture, data=data, settings=self.settings)


SLOW = Settings(epochs=20, learning_rate=1e-5)
FAST = Settings(epochs=20, learning_rate=1.0)
OWN = (
    OwnTable("own, no signal", "no_better_than_frequent overfits", strength=0),
    OwnTable("own, no signal, 60 rows", "too_few_samples", rows=60, strength=0),
    OwnTable("own, no signal, 5 %", "class_never_predicted", strength=0, positive=0.05),
    OwnTable(
        "own, weak signal, 8 %",
        "class_never_predicted no_better_than_frequent",
        strength=0.5,
        positive=0.08,
    ),
    OwnTable("own, strong signal", "reached still_improving"),
    OwnTable("own, a number", "reached still_improving", positive=0),
    OwnTable("own, low rate", "rate_too_low", settings=SLOW),
    OwnTable("own, a number, low rate", "rate_too_low", positive=0, settings=SLOW),
    OwnTable("own, high rate", "reached rate_too_high no_better_than_frequent", settings=FAST),
    OwnTable(
        "own, a number, sgd",
        "diverged rate_too_high",
        positive=0,
        settings=Settings(epochs=20, learning_rate=1.0, optimizer="sgd"),
    ),
    OwnTable("own, nothing held out", "not_validated", share=0),
    OwnTable("own, a number, nothing held out", "not_validated", positive=0, share=0),
)


class Trial(NamedTuple):
    """A training with its figures and the verdict on its only head."""

    request: RunRequest
    figures: RunFigures
    verdict: RunVerdict | None


def trial(request: RunRequest) -> Trial:
    """Train a request, and judge it."""
    outcome = train_run(request.inspected(), lambda _: None)
    by_head = figures_of(
        request,
        outcome.history,
        outcome.report,
        ceilings(request.architecture, request.data) if isinstance(request.data, DataSpec) else {},
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


def row_of(name: str, request: RunRequest, expected: str) -> BenchmarkRow:
    """Return what the verdict on a run is, whether it is true, and what its suggestion gives."""
    before = trial(request)
    if before.verdict is None:
        return BenchmarkRow(name, {"judged": "silent", "result": "silent"})
    case, suggested = before.verdict.case, before.verdict.suggestion
    figures = {"case": case, "judged": "true" if case in expected.split() else "false"}
    if suggested is None:
        return BenchmarkRow(name, figures | {"result": "nothing suggested"})
    old, new = before.figures.reached, trial(with_suggestion(request, suggested)).figures.reached
    more = {
        "change": suggested.label,
        "before": f"{old.value:.3f}",
        "after": f"{new.value:.3f}",
        "result": compared(old, new),
    }
    return BenchmarkRow(name, figures | more)


def main() -> None:
    """Print a row for each training, then the counts."""
    rows = list[BenchmarkRow]()
    for request, expected in zip(chosen(), EXPECTED, strict=True):
        assert isinstance(request.data, DataSpec)
        merge = request.architecture.merges[-1]
        then = " then Dense" if merge.then.depth else ""
        name = f"{request.data.relation.title}, {merge.title}{then}"
        rows.append(row_of(name, request, expected))
    with TemporaryDirectory() as folder:
        rows.extend(row_of(own.name, own.request(folder), own.expected) for own in OWN)
    show("verdicts and suggested changes", rows)
    for column in ("judged", "result"):
        counts = Counter(row.figures[column] for row in rows)
        print(", ".join(f"{name} {count}" for name, count in counts.most_common()))


if __name__ == "__main__":
    main()
