"""How far the weights of each branch moved in an epoch, relative to their size."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from components.model.spec import Architecture
from components.training.epoch_numbers.base import EpochNumber, MeasuredModel, Values


class RelativeChange(EpochNumber):
    """‖w_end − w_start‖ / ‖w_start‖ of an epoch, over the trainable weights of a branch.

    Euclidean norms over all weights of the branch together. It is 0 for a branch whose weights are
    all 0 at the start, and a branch without weights has no curve.
    """

    kind: Literal["relative_change"] = "relative_change"
    title: ClassVar[str] = "Relative change of each branch"
    help: ClassVar[str] = (
        "‖w_end − w_start‖ / ‖w_start‖ of an epoch, over the trainable weights of a branch. "
        "It says how far the weights moved, not how much the branch contributes."
    )

    @classmethod
    def names(cls, architecture: Architecture) -> tuple[str, ...]:
        return tuple(branch.name for branch in architecture.inputs)

    @classmethod
    def meter(cls, trained: MeasuredModel) -> _ChangeMeter:
        return _ChangeMeter(trained)


class _ChangeMeter:
    def __init__(self, trained: MeasuredModel) -> None:
        self._branches = {name: of for name, of in trained.branches.items() if of}
        self._before: dict[str, list[Any]] = {}

    def start(self) -> None:
        self._before = {name: _arrays(of) for name, of in self._branches.items()}

    def read(self) -> Values:
        before = self._before
        self.start()
        return {name: _change(before[name], after) for name, after in self._before.items()}


def _arrays(variables: Any) -> list[Any]:
    return [np.array(variable.numpy()) for variable in variables]


def _change(before: list[Any], after: list[Any]) -> float:
    size = sum(float(np.vdot(one, one)) for one in before)
    moved = sum(float(np.vdot(b - a, b - a)) for a, b in zip(before, after, strict=True))
    return (moved / size) ** 0.5 if size else 0.0
