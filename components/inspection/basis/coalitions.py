"""Mean predictions of a model that knows only some of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from components.inspection.basis.recombined import InspectedHead, RecombinedModel
from sample_data.core.arrays import Array

BLOCK_ROWS = 65_536
"""Rows that are combined at a time."""
EXACT_INPUTS = 6
"""Up to so many inputs, all coalitions are computed."""
ORDERS = 32
"""Random orders of the inputs, where Shapley values are sampled."""


@dataclass(frozen=True)
class MeanOutputs:
    """What a head gives each sample, averaged over the background samples, (N, width)."""

    scores: Array
    predictions: Array


class Coalitions:
    """The outputs of all heads if only a coalition of the inputs is known.

    A coalition is a bit mask of inputs. The inputs outside of it are taken together from each of
    the background samples in turn, and the outputs are averaged. Each coalition is computed once.
    `tick` is called before each block of rows; what it raises ends the work.
    """

    def __init__(
        self,
        model: RecombinedModel,
        background: Sequence[int] | Array,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.model, self.background, self.tick = model, np.asarray(background), tick
        self._everything = (1 << len(model.inputs)) - 1
        self._known: dict[int, dict[str, MeanOutputs]] = {}

    def outputs(self, head: InspectedHead, coalition: int) -> MeanOutputs:
        """The mean outputs of a head. Inputs that it does not read are always in the coalition."""
        unread = self._everything & ~mask_of(head.reads)
        return self._outputs(coalition | unread if coalition else 0)[head.name]

    def value(self, head: InspectedHead, coalition: int) -> float:
        """The accuracy, or R², of the mean predictions."""
        return head.quality(self.outputs(head, coalition).predictions)

    def qualities(self, head: InspectedHead, coalition: int) -> Array:
        """The quality of each sample, (N,), as `InspectedHead.qualities`."""
        return head.qualities(self.outputs(head, coalition).predictions)

    def _outputs(self, coalition: int) -> dict[str, MeanOutputs]:
        if coalition not in self._known:
            self._known[coalition] = self._computed(coalition)
        return self._known[coalition]

    def _computed(self, coalition: int) -> dict[str, MeanOutputs]:
        samples = self.model.samples
        if coalition == self._everything:
            return self._averaged(np.arange(samples), np.zeros(1, np.int64), coalition)
        if not coalition:
            one = self._averaged(np.zeros(1, np.int64), self.background, coalition)
            return {
                name: MeanOutputs(
                    np.repeat(outputs.scores, samples, axis=0),
                    np.repeat(outputs.predictions, samples, axis=0),
                )
                for name, outputs in one.items()
            }
        return self._averaged(np.arange(samples), self.background, coalition)

    def _averaged(
        self, samples: Array, background: Array, coalition: int
    ) -> dict[str, MeanOutputs]:
        """The means over the background, some samples at a time."""
        step = max(1, BLOCK_ROWS // len(background))
        parts = [
            self._block(samples[start : start + step], background, coalition)
            for start in range(0, len(samples), step)
        ]
        return {
            head.name: MeanOutputs(
                np.concatenate([part[head.name].scores for part in parts]),
                np.concatenate([part[head.name].predictions for part in parts]),
            )
            for head in self.model.heads
        }

    def _block(self, samples: Array, background: Array, coalition: int) -> dict[str, MeanOutputs]:
        inside = np.repeat(samples, len(background))
        outside = np.tile(background, len(samples))
        members = range(len(self.model.inputs))
        rows = np.stack([inside if coalition >> m & 1 else outside for m in members], axis=1)
        self.tick()
        scores = self.model.scores(rows)
        shape = (len(samples), len(background), -1)
        return {
            head.name: _means(head, np.asarray(scores[head.name], np.float64).reshape(shape))
            for head in self.model.heads
        }


def mask_of(inputs: Sequence[int]) -> int:
    """The coalition of some inputs."""
    return sum(1 << index for index in inputs)


def subset_mask(head: InspectedHead, subset: int) -> int:
    """A subset of the inputs that a head reads, as a coalition of all inputs."""
    return mask_of([index for at, index in enumerate(head.reads) if subset >> at & 1])


def masks(head: InspectedHead) -> list[int]:
    """All coalitions of the inputs that the head reads: index i of the list has the i-th subset."""
    return [subset_mask(head, subset) for subset in range(1 << len(head.reads))]


def drawn_masks(head: InspectedHead) -> list[int]:
    """The coalitions whose values are kept: all, or for many inputs those of few or nearly all."""
    players = len(head.reads)
    if players <= EXACT_INPUTS:
        return masks(head)
    every = (1 << players) - 1
    ones = [1 << player for player in range(players)]
    return [subset_mask(head, one) for one in (0, *ones, *(every - one for one in ones), every)]


def scores(coalitions: Coalitions, head: InspectedHead) -> Array:
    """The mean scores (2^M, N, width) of all coalitions."""
    return np.stack([coalitions.outputs(head, mask).scores for mask in masks(head)])


def predictions(coalitions: Coalitions, head: InspectedHead) -> Array:
    """The mean predictions (2^M, N, width) of all coalitions."""
    return np.stack([coalitions.outputs(head, mask).predictions for mask in masks(head)])


def _means(head: InspectedHead, scores: Array) -> MeanOutputs:
    """Means over the second axis of scores (N, K, width)."""
    predictions = head.predictions(scores)
    return MeanOutputs(head.centred(scores).mean(axis=1), predictions.mean(axis=1))
