"""How often a race of equals calls one of them worse, and what its verdicts say on the atlas.

`python -m tests.race.error_rates` prints the table of docs/measured.md. Seeds end one after
another, and every race is looked at after each of them. All strategies of a seed share its effect;
accuracies are counts of 500 samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.race.atlas.values import AtlasCell, load
from components.race.statistics import Look, Verdict, look, verdicts

RACES = 2000
SEEDS = 5
KINDS = ("equal", "uneven", "accuracy 97 %", "accuracy 99.8 %", "half are worse")
COUNTS = (2, 6, 12, 34)
SIX = ("late_sum", "add", "concatenate", "mlp", "multiply", "bilinear")
"""The default strategies of a race."""


@dataclass(frozen=True)
class FalseShares:
    """Shares of races that call one of the equals worse, in percent."""

    any_look: float
    at_the_end: float


def false_shares(kind: str, count: int, seeds: int = SEEDS, races: int = RACES) -> FalseShares:
    """The shares among races between strategies that are equal, or of which the first half are."""
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
    """Numbers of pairs of a best mean and another strategy, over the atlas's relations."""

    ahead: int
    """Those in which the other is shown to be below the best."""
    undecided: int
    contradicted: tuple[str, ...]
    """Sentences on claims that the means of all seeds contradict."""


def atlas_claims(due: Look) -> AtlasClaims:
    """The verdicts over some of the seeds.

    Contradicted is one that calls a strategy ahead whose mean over all seeds is not higher, or
    whose means lie further apart than the difference that it would have shown.
    """
    atlas = load()
    assert atlas is not None
    fields = [(part, field.name) for part in atlas.sections for field in part.fields]
    ahead = undecided = 0
    contradicted = []
    for part, data in fields:
        on = part.on(data)
        cells = [on[kind] for kind in SIX if kind in on]
        judged = [one for one in _judged([cell.scores for cell in cells], due) if one]
        top = next((c for c, v in zip(cells, judged, strict=True) if v.tied and v.p is None), None)
        for cell, verdict in zip(cells, judged, strict=True):
            if top is None or cell == top:
                continue
            ahead, undecided = ahead + (not verdict.tied), undecided + bool(verdict.tied)
            contradicted += _contradiction(top, cell, verdict, data)
    return AtlasClaims(ahead, undecided, tuple(contradicted))


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
    """Print a row of Markdown for each kind of scores: at any look, then at the end."""
    for kind in KINDS:
        shares = [false_shares(kind, count) for count in COUNTS]
        figures = [share.any_look for share in shares] + [share.at_the_end for share in shares]
        print(f"| {kind} | {' | '.join(f'{figure:.1f} %' for figure in figures)} |")


if __name__ == "__main__":
    main()
