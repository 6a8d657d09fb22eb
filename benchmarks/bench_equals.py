"""Sentences of races between equals that name a winner, which are all wrong.

`python -m benchmarks equals` draws 1,000 races of each kind, without training: the accuracies of
all entries have the same distribution, and part of each seed is common to them. A race goes through
`evaluate` and the text of its verdict, as on Compare, at each look: after four seeds and at its
end. A sentence at either look counts. In the last kind the first entry is 20 points ahead, which
the sentence should say.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks.rows import BenchmarkRow, show
from components.base.workers.keras_import import load_keras
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import FIRST, parse_entry
from components.experiments.races.evaluation import evaluate
from components.experiments.races.kinds import make_race
from components.experiments.races.kinds.pays import race_pays
from components.experiments.races.plan import RacePlan, plan_race
from components.experiments.races.setup import Race
from components.experiments.races.statistics import FIRST_SEEDS, SEEDS
from components.experiments.races.text import verdict
from components.experiments.training.events import Epoch, Outcome
from sample_data.core.arrays import Array
from sample_data.loading.synthetic import DataSpec, parse_data

RACES, SAMPLES = 1000, 500
"""Number of races of each kind, and of the validation samples that an accuracy counts."""
SPREAD = 0.01
"""Standard deviation of an accuracy over trainings, and of its part that a seed has in common."""
BEST = (" is best,",)
AHEAD = (*BEST, "share the lead", "is ahead of")
PAYS = ("Fusion pays",)


class ScoresKind(NamedTuple):
    """Kind of scores; equals have no lead."""

    title: str
    mean: float
    failed: float = 0.0
    """Probability that a training stays at chance."""
    lead: float = 0.0
    """Lead of the first entry."""


KINDS = (
    ScoresKind("near 70 %", 0.7),
    ScoresKind("near 97 %", 0.97),
    ScoresKind("near 97 %, one in ten fails to learn", 0.97, 0.1),
    ScoresKind("not equal", 0.7, lead=0.2),
)


def scores(rng: np.random.Generator, kind: ScoresKind, entries: int, seeds: int) -> Array:
    """Return accuracies by entry and seed, counted on `SAMPLES` samples."""
    shared = rng.normal(kind.mean, SPREAD, (1, seeds))
    shared = shared + kind.lead * (np.arange(entries) == 0)[:, None]
    shares = np.clip(shared + rng.normal(0, SPREAD, (entries, seeds)), 0, 1)
    drawn = rng.binomial(SAMPLES, np.where(rng.random(shares.shape) < kind.failed, 0.5, shares))
    return drawn / SAMPLES


def sentences(plan: RacePlan, drawn: Array) -> Iterator[str]:
    """Yield the verdict of each look at a race whose runs reached those accuracies."""
    race, looks = plan.race, sorted({min(FIRST_SEEDS, plan.race.seeds), plan.race.seeds})
    rows = {entry.text: row for entry, row in zip(race.entries, drawn, strict=True)}
    for seeds in looks:
        known = {
            run.digest: _outcome(race, float(rows[run.entry.text][run.seed]))
            for run in plan.runs
            if run.seed < seeds
        }
        result = evaluate(plan, known)
        yield verdict(result, result.tables[0])


def _outcome(race: Race, accuracy: float) -> Outcome:
    logs = {"loss": 1.0, f"val_{race.compared.name}/accuracy": accuracy}
    return Outcome("finished", (Epoch(epoch=1, logs=logs, seconds=0.1),))


def row(
    title: str, race: Race, kind: ScoresKind, claims: dict[str, tuple[str, ...]]
) -> BenchmarkRow:
    """Return the share of races with a sentence of each kind of claim."""
    rng, plan = np.random.default_rng(0), plan_race(race)
    counts = dict.fromkeys(claims, 0)
    for _ in range(RACES):
        texts = " ".join(sentences(plan, scores(rng, kind, len(race.entries), race.seeds)))
        for claim, words in claims.items():
            counts[claim] += any(one in texts for one in words)
    shares = {claim: f"{100 * count / RACES:.1f} %" for claim, count in counts.items()}
    return BenchmarkRow(f"{title}, {kind.title}", shares)


def main() -> None:
    """Print a row for each race and kind of scores."""
    load_keras()
    part = two_vectors()
    data, rows = DataSpec(relation=parse_data("unique"), samples=2000), []
    for entries, seeds in product((FIRST[:2], FIRST), (3, SEEDS, 10)):
        race = make_race(
            architecture=part.architecture,
            entries=tuple(map(parse_entry, entries)),
            data=(data,),
            settings=part.settings,
            seeds=seeds,
        )
        title = f"{len(entries)} strategies, {seeds} seeds"
        rows += [
            row(title, race, kind, {"one is best": BEST, "any ahead": AHEAD}) for kind in KINDS
        ]
    race = race_pays(part.architecture, data, part.settings)
    title = f"does fusion pay?, {SEEDS} seeds"
    rows += [row(title, race, kind, {"fusion pays": PAYS}) for kind in KINDS]
    show(f"{RACES:,} races of equals", rows)
