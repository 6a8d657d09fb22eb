"""The measures of an inspection: how much each input counts, and how much they need each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from components.inspection.coalitions import Coalitions, mask_of
from components.inspection.recombined import InspectedHead, RecombinedModel
from components.inspection.shapley import (
    interaction_share,
    sampled_shapley_values,
    shapley_interactions,
    shapley_values,
)
from sample_data.core.arrays import Array

EXACT_INPUTS = 6
"""Up to so many inputs, all coalitions are computed."""
ORDERS = 32
"""Random orders of the inputs, where Shapley values are sampled."""


@dataclass(frozen=True)
class Estimate:
    """The mean of a measure over the samples, and the standard error of that mean."""

    mean: float
    error: float

    @classmethod
    def of(cls, samples: Array) -> Estimate:
        """The estimate from the value of each sample, (N,)."""
        return cls(float(samples.mean()), float(standard_errors(samples)))


def standard_errors(samples: Array) -> Array:
    """The standard errors of means over the last axis, which has the samples."""
    errors: Array = samples.std(axis=-1) / np.sqrt(max(1, samples.shape[-1] - 1))
    return errors


@dataclass(frozen=True)
class ShapleyShares:
    """Shapley values of a head's inputs, in the order of `reads`, and their standard errors.

    `quality` (M,) shares out the accuracy or R² above that of no input. `scores` (M, N, width)
    shares out each sample's scores. Errors are over the samples, and over the orders if drawn.
    """

    quality: Array
    error: Array
    scores: Array


@dataclass(frozen=True)
class AdditiveProjection:
    """The best additive approximation of a head's scores, and the quality it loses.

    Source: EMAP, Hessel and Lee 2020.
    """

    quality: float
    gap: Estimate


def permutation_losses(
    model: RecombinedModel,
    repeats: int,
    rng: np.random.Generator,
    tick: Callable[[int], None] = lambda _: None,
) -> dict[str, dict[int, Estimate]]:
    """For each head, the loss for each input that it reads, by the input's index.

    Source: Breiman 2001; Fisher, Rudin and Dominici 2019.
    """
    own = np.tile(np.arange(model.samples)[:, None], (1, len(model.inputs)))
    scores = model.scores(own)
    whole = {head.name: _qualities(head, scores[head.name]) for head in model.heads}
    losses: dict[str, dict[int, Estimate]] = {head.name: {} for head in model.heads}
    for index in range(len(model.inputs)):
        shuffled = []
        for _ in range(repeats):
            rows = own.copy()
            rows[:, index] = rng.permutation(model.samples)
            tick(len(rows))
            shuffled.append(model.scores(rows))
        for head in model.heads:
            if index in head.reads:
                left = np.mean([_qualities(head, one[head.name]) for one in shuffled], axis=0)
                losses[head.name][index] = Estimate.of(whole[head.name] - left)
    return losses


def shapley_shares(
    coalitions: Coalitions, head: InspectedHead, rng: np.random.Generator
) -> ShapleyShares:
    """Exact for up to `EXACT_INPUTS` inputs, else sampled. Source: SHAPE, Hu 2022."""
    if len(head.reads) <= EXACT_INPUTS:
        table = np.stack([coalitions.qualities(head, mask) for mask in masks(head)])
        shares = shapley_values(table)
        return ShapleyShares(
            shares.mean(axis=1), standard_errors(shares), shapley_values(scores(coalitions, head))
        )
    players, seed = len(head.reads), int(rng.integers(2**32))

    def sampled(value: Callable[[int], Array]) -> tuple[Array, Array]:
        same_orders = np.random.default_rng(seed)
        return sampled_shapley_values(
            lambda coalition: value(_mask(head, coalition)), players, ORDERS, same_orders
        )

    quality, of_orders = sampled(lambda mask: np.array(coalitions.value(head, mask)))
    shares, _ = sampled(lambda mask: coalitions.qualities(head, mask))
    pushes, _ = sampled(lambda mask: coalitions.outputs(head, mask).scores)
    return ShapleyShares(quality, np.hypot(of_orders, standard_errors(shares)), pushes)


def cooperation(coalitions: Coalitions, head: InspectedHead) -> Estimate:
    """The quality with all inputs, beyond what each of them adds on its own.

    Negative where inputs repeat each other, and where the quality can't rise further: the accuracy
    of independent inputs whose sum is the label, too, is less than the sum of what each adds.
    """
    nothing = coalitions.qualities(head, 0)
    alone = sum(coalitions.qualities(head, 1 << index) - nothing for index in head.reads)
    return Estimate.of(coalitions.qualities(head, mask_of(head.reads)) - nothing - alone)


def additive_projection(coalitions: Coalitions, head: InspectedHead) -> AdditiveProjection:
    """The sum of the mean scores given each input, less the mean score for each input but one."""
    alone = [coalitions.outputs(head, 1 << index).scores for index in head.reads]
    mean = np.mean([one[coalitions.background].mean(axis=0) for one in alone], axis=0)
    projected = sum(alone) - (len(alone) - 1) * mean
    qualities = _qualities(head, projected)
    gap = coalitions.qualities(head, mask_of(head.reads)) - qualities
    return AdditiveProjection(float(qualities.mean()), Estimate.of(gap))


def interaction_shares(coalitions: Coalitions, head: InspectedHead) -> dict[str, float]:
    """The share of interactions in the logits and in the probabilities, or in real values.

    Empty for more than `EXACT_INPUTS` inputs.
    """
    if len(head.reads) > EXACT_INPUTS:
        return {}
    if head.target == "values":
        return {"values": interaction_share(shapley_interactions(predictions(coalitions, head)))}
    return {
        "logits": interaction_share(shapley_interactions(scores(coalitions, head))),
        "probabilities": interaction_share(shapley_interactions(predictions(coalitions, head))),
    }


def masks(head: InspectedHead) -> list[int]:
    """All coalitions of the inputs that the head reads: index i of the list has the i-th subset."""
    return [_mask(head, subset) for subset in range(1 << len(head.reads))]


def drawn_masks(head: InspectedHead) -> list[int]:
    """The coalitions whose values are kept: all, or for many inputs those of few or nearly all."""
    players = len(head.reads)
    if players <= EXACT_INPUTS:
        return masks(head)
    every = (1 << players) - 1
    ones = [1 << player for player in range(players)]
    return [_mask(head, one) for one in (0, *ones, *(every - one for one in ones), every)]


def scores(coalitions: Coalitions, head: InspectedHead) -> Array:
    """The mean scores (2^M, N, width) of all coalitions."""
    return np.stack([coalitions.outputs(head, mask).scores for mask in masks(head)])


def predictions(coalitions: Coalitions, head: InspectedHead) -> Array:
    """The mean predictions (2^M, N, width) of all coalitions."""
    return np.stack([coalitions.outputs(head, mask).predictions for mask in masks(head)])


def _mask(head: InspectedHead, subset: int) -> int:
    """A subset of the inputs that a head reads, as a coalition of all inputs."""
    return mask_of([index for at, index in enumerate(head.reads) if subset >> at & 1])


def _qualities(head: InspectedHead, scores: Array) -> Array:
    return head.qualities(head.predictions(np.asarray(scores, np.float64)))
