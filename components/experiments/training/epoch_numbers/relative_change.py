"""The relative change of each branch's weights in an epoch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from components.experiments.training.epoch_numbers.base import EpochNumber, MeasuredModel, Values
from components.models.architecture.architecture import Architecture


class RelativeChange(EpochNumber):
    """‖w_end − w_start‖ / ‖w_start‖ of an epoch, over the trainable weights of a branch.

    Euclidean norms over all weights of the branch together. It is 0 for a branch whose weights are
    all 0 at the start, and a branch without weights has no curve.
    """

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
    """Keeps one copy of the weights of all branches."""

    def __init__(self, measured: MeasuredModel) -> None:
        self._branches = {name: of for name, of in measured.branches.items() if of}
        self._before: dict[str, list[Any]] = {}

    def start(self) -> None:
        self._before = {name: [_array(one) for one in of] for name, of in self._branches.items()}

    def read(self) -> Values:
        return {name: self._change(name) for name in self._branches}

    def _change(self, name: str) -> float:
        before, moved, size = self._before[name], 0.0, 0.0
        for index, variable in enumerate(self._branches[name]):
            after = _array(variable)
            step = after - before[index]
            moved += float(np.vdot(step, step))
            size += float(np.vdot(before[index], before[index]))
            before[index] = after
        return (moved / size) ** 0.5 if size else 0.0


def _array(variable: Any) -> Any:
    return np.array(variable.numpy())
