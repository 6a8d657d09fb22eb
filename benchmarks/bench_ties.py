"""How often a race of equals calls one of them worse, and what its verdicts say on the atlas.

Seeds end one after another, and every race is looked at after each of them. All strategies of a
seed share its effect; accuracies are counts of 500 samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import BenchmarkRow, show
from components.race.atlas.values import AtlasCell, load
from components.race.statistics import Look, Verdict, look, verdicts

RACES = 2000
SEEDS = 5
KINDS = ("equal", "uneven", "accuracy 97 %", "accuracy 99.8 %", "half are worse")
SIX = ("late_sum", "add", "concatenate", "mlp", "multiply", "bilinear")
"""The default strategies of a race."""


@dataclass(frozen=True)
class FalseShares:
    """Shares of races that call one of the equals worse, in percent."""

    any_look: float
    at_the_end: float


def false_shares(kind: str, count: int, seeds: int = SEEDS, races: int = RACES) -> FalseShares:
    """Of races between strategies that are equal, or of which the first half are."""
    rng = np.random.default_rng(0)
    equals = count // 2 if kind == "half are worse" else count
    wrong = np.zeros((races, seeds), dtype=bool)
    for race in range(races):
        drawn = _draw(rng, kind, count, seeds)
        seen: dict[Look, bool] = {}
        for ended in range(1, seeds + 1):
            due = look(range(ended), seeds)
            if due is not None and due not in seen:
                seen[due] = any(one and one.tied is False for one in _judged(drawn, due)[:equals])
            wrong[race, ended - 1] = due is not None and seen[due]
    return FalseShares(
        *(100 * float(shares.mean()) for shares in (wrong.any(axis=1), wrong[:, -1]))
    )


@dataclass(frozen=True)
class AtlasClaims:
    """The claims of verdicts on the atlas's relations, and what the means of all seeds say."""

    relations: int
    ahead: int
    """Pairs of a best mean and a strategy that is shown to be below it."""
    undecided: int
    contradicted: tuple[str, ...]


def atlas_claims(due: Look, strategies: Sequence[str] = SIX) -> AtlasClaims:
    """The verdicts over some of the seeds. Contradicted is one that calls a strategy ahead whose
    mean over all seeds is not higher, or whose means lie further apart than the difference that it
    would have shown."""
    atlas = load()
    if atlas is None:
        raise RuntimeError("There is no atlas.")
    fields = [(part, field.name) for part in atlas.sections for field in part.fields]
    ahead = undecided = 0
    contradicted = []
    for part, data in fields:
        on = part.on(data)
        cells = [on[kind] for kind in strategies if kind in on]
        judged = [one for one in _judged([cell.scores for cell in cells], due) if one]
        top = next((c for c, v in zip(cells, judged, strict=True) if v.tied and v.p is None), None)
        for cell, verdict in zip(cells, judged, strict=True):
            if top is None or cell == top:
                continue
            ahead, undecided = ahead + (not verdict.tied), undecided + bool(verdict.tied)
            contradicted += _contradiction(top, cell, verdict, data)
    return AtlasClaims(len(fields), ahead, undecided, tuple(contradicted))


def _contradiction(top: AtlasCell, cell: AtlasCell, verdict: Verdict, data: str) -> list[str]:
    lead = top.mean - cell.mean
    if not verdict.tied and lead <= 0:
        return [f"{data}: {top.strategy} is called ahead of {cell.strategy}, {100 * lead:.1f}"]
    size = verdict.detectable or 0.0
    if verdict.tied and round(abs(lead), 3) > round(size, 3) > 0:
        text = f"{data}: {top.strategy} and {cell.strategy} are {100 * lead:.1f} points apart"
        return [f"{text}; {100 * size:.1f} would have been shown"]
    return []


def _judged(
    scores: Sequence[Sequence[float]] | NDArray[np.float64], due: Look
) -> list[Verdict | None]:
    return verdicts([{seed: float(own[seed]) for seed in due.seeds} for own in scores], due.level)


def _draw(rng: np.random.Generator, kind: str, count: int, seeds: int) -> NDArray[np.float64]:
    if kind.startswith("accuracy"):
        share = float(kind.split()[1]) / 100
        shared = np.clip(share + rng.normal(0, (1 - share) / 10, seeds), 0, 1)
        return rng.binomial(500, shared, (count, seeds)) / 500
    spreads = np.where(np.arange(count) % 2, 1.0, 3.0 if kind == "uneven" else 1.0)
    drawn = rng.normal(0, spreads[:, None], (count, seeds)) + rng.normal(0, 2, seeds)
    if kind == "half are worse":
        drawn[count // 2 :] -= 8
    return drawn


def main() -> None:
    """Print the tables."""
    rows = []
    for kind in KINDS:
        for count in (2, 6, 12, 34):
            shares = false_shares(kind, count)
            rows.append(
                BenchmarkRow(
                    f"{count} strategies, {kind}",
                    {"any look": f"{shares.any_look:.1f} %", "end": f"{shares.at_the_end:.1f} %"},
                )
            )
    show(f"{SEEDS} seeds, {RACES:,} races", rows)
    claims = {f"{seeds} of {seeds} seeds": look(range(seeds), seeds) for seeds in (2, 3, 5)}
    claims["3 of 5 seeds"] = look(range(3), 5)
    rows, listed = [], []
    for title, due in claims.items():
        stated = AtlasClaims(0, 0, 0, ()) if due is None else atlas_claims(due)
        figures = {"ahead": stated.ahead, "undecided": stated.undecided}
        figures["contradicted"] = len(stated.contradicted)
        rows.append(BenchmarkRow(title, {name: str(value) for name, value in figures.items()}))
        listed += [f"{title}: {text}" for text in stated.contradicted]
    show("pairs of the six default strategies on the atlas", rows)
    print("\n".join(listed))


if __name__ == "__main__":
    main()
