"""What the learning speeds of a run's branches say, in a sentence each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from components.core.markup import to_csv
from components.core.text import plural
from components.inspection.explanation import ExplainedMeasure
from components.inspection.results import Inspection
from components.training.events import Epoch
from components.training.learning_speed import AFTER, HEADS

EVEN = 1.1
"""Branches whose speeds differ by a smaller factor are called equally fast."""
TITLE = "Learning speed"
LIMIT = (
    "What an input contributes: an encoder of another kind, or weights that start smaller, have "
    "another speed on the same data."
)


def total_speeds(epochs: Sequence[Epoch]) -> dict[str, float]:
    """The sum over all epochs, by part; empty if they were not measured."""
    parts = dict.fromkeys(part for epoch in epochs for part in epoch.speeds)
    return {part: math.fsum(epoch.speeds.get(part, 0.0) for epoch in epochs) for part in parts}


def with_speeds(inspection: Inspection, epochs: Sequence[Epoch]) -> Inspection:
    """An inspection with the learning speeds of its run, whose epochs these are."""
    speeds = {"learning_speed": total_speeds(epochs), "trained_epochs": len(epochs)}
    return inspection.model_copy(update=speeds)


def branch_speeds(totals: Mapping[str, float]) -> dict[str, float]:
    """The speeds of the branches alone."""
    return {part: total for part, total in totals.items() if part not in (AFTER, HEADS)}


def explain_speeds(totals: Mapping[str, float], epochs: int) -> ExplainedMeasure | None:
    """The speeds explained; `None` if fewer than two branches have some, to be compared."""
    branches = branch_speeds(totals)
    if len(branches) < 2:
        return None
    named = {part: f"`{part}`" if part in branches else part for part in totals}
    values = ", ".join(f"{named[part]} {total:.3g}" for part, total in totals.items())
    return ExplainedMeasure(TITLE, values, _meaning(branches, epochs), LIMIT)


def _meaning(branches: Mapping[str, float], epochs: int) -> str:
    fast, slow = max(branches, key=branches.__getitem__), min(branches, key=branches.__getitem__)
    over = f"Over {plural(epochs, 'epoch')}"
    if branches[fast] <= EVEN * branches[slow]:
        return (
            f"{over}, all branches learn about equally fast relative to the size of their weights."
        )
    if not branches[slow]:
        return f"{over}, only some branches learn: the weights of `{slow}` get no gradient."
    return (
        f"{over}, `{fast}` learns {branches[fast] / branches[slow]:.3g} times as fast as `{slow}` "
        f"relative to the size of their weights: training favours `{fast}`."
    )


def speeds_csv(epochs: Sequence[Epoch]) -> str:
    """One row for each epoch, one column for each part."""
    parts = list(total_speeds(epochs))
    rows = [[epoch.epoch, *(epoch.speeds.get(part, "") for part in parts)] for epoch in epochs]
    return to_csv([["epoch", *parts], *rows])
