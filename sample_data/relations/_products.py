"""Relations whose score is a sum of products of independent normal causes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sample_data.core.arrays import Array
from sample_data.core.latent import CauseLayout, Observation
from sample_data.core.probability import normal_classes, one_hot, phi, prior
from sample_data.relations.base import Relation

_IMAGINED, _FEWEST, _ALL = 256, 8, 512_000
_BLOCK = 500_000
_ROWS = 2000


class ProductOfNormals(Relation):
    """Relation whose score sums, over a cause's N(0, 1) numbers, the product over inputs."""

    independent = True

    def scale(self, layout: CauseLayout, head: int) -> float:
        return math.sqrt(self._numbers(layout))

    def posterior(self, observed: Observation, head: int) -> Array:
        """Return the exact mean; classes are averaged over up to 256 imagined causes per sample.

        That makes classes slightly too certain: accuracies from them come out 0.001 too high for
        two inputs, and up to 0.004 for six.

        Unseen causes make the score symmetric, so two classes are then even.
        """
        plan, classes = observed.plan, observed.plan.classes[head]
        full = len(observed.seen) == plan.inputs
        if not classes and full:
            product = np.prod(
                [self._mean(view) for view in observed.views if view is not None], axis=0
            )
            mean: Array = product.sum(axis=1) / self.scale(plan, head)
            return mean
        if not observed.seen or (classes in (0, 2) and not full):
            return prior(observed.samples, classes)
        if full and not self.noise:
            score = np.prod([view for view in observed.views if view is not None], axis=0).sum(
                axis=1
            )
            return one_hot(np.searchsorted(self.cuts(plan, head), score), classes)
        if full and classes == 2 and self._numbers(plan) == 1:
            return self._sign(observed)
        return self._imagined(observed, head)

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        classes = layout.classes[head]
        if len(seen) < layout.inputs:
            return None if classes > 2 and seen else (1 / classes if classes else 0.0)
        if not classes:
            return (1 + self.noise**2) ** -layout.inputs
        if not self.noise:
            return 1.0
        sign = 0.5 + math.atan(1 / self.noise) / math.pi
        return parity(sign, layout.inputs) if self._numbers(layout) == 1 and classes == 2 else None

    def simulated_samples(self, layout: CauseLayout, head: int) -> int:
        """Return fewer samples if causes are imagined for each."""
        many, classes = super().simulated_samples(layout, head), layout.classes[head]
        if not classes:
            return many
        certain_sign = classes == 2 and self._numbers(layout) == 1
        return 2 * _ROWS if certain_sign or not self.noise else _ROWS

    def _numbers(self, layout: CauseLayout) -> int:
        """Return the number of numbers in the cause of each input."""
        return 1

    def _mean(self, view: Array) -> Array:
        return view / (1 + self.noise**2)

    def _sign(self, observed: Observation) -> Array:
        """Return two classes of a product of one number per input, by the chance of each sign."""
        left = self.noise / math.sqrt(1 + self.noise**2)
        means = np.stack([self._mean(view[:, 0]) for view in observed.views if view is not None])
        above = 0.5 + 0.5 * (2 * phi(means / left) - 1).prod(axis=0)
        return np.stack((1 - above, above), axis=1)

    def _imagined(self, observed: Observation, head: int) -> Array:
        """Return classes, with imagined causes of all inputs but one: the score is then normal."""
        plan, rng = observed.plan, np.random.default_rng(0)
        left = self.noise / math.sqrt(1 + self.noise**2)
        hidden = [index for index in range(plan.inputs) if observed.views[index] is None]
        last = hidden[0] if hidden else plan.inputs - 1
        others = [view for index, view in enumerate(observed.views) if index != last]
        sure = not left and all(view is not None for view in others)
        most = _IMAGINED // 4 if hidden else _IMAGINED
        enough = min(most, max(_FEWEST, _ALL // observed.samples))
        draws = 1 if sure or not others else enough
        shown = observed.views[last]
        rows = max(1, _BLOCK // (draws * self._numbers(plan)))
        parts = []
        for start in range(0, observed.samples, rows):
            stop = min(start + rows, observed.samples)
            product = np.ones((stop - start, draws, self._numbers(plan)), dtype=np.float32)
            for view in others:
                mean = None if view is None else self._mean(view[start:stop])
                product *= _drawn(rng, product.shape, mean, left)
            size = np.sqrt(np.square(product).sum(axis=2)).ravel()
            if shown is None:
                centre, wide = np.zeros(size.size), size
            else:
                mean = self._mean(shown[start:stop])
                centre, wide = (product * mean[:, None, :]).sum(axis=2).ravel(), left * size
            chances = normal_classes(self.cuts(plan, head), centre, wide)
            parts.append(chances.reshape(stop - start, draws, -1).mean(axis=1))
        return np.concatenate(parts)


def _drawn(
    rng: np.random.Generator, shape: tuple[int, ...], mean: Array | None, left: float
) -> Array:
    """Draw causes (N, draws, numbers) from the belief N(mean, left²), or N(0, 1) if unseen."""
    if mean is not None and not left:
        return mean[:, None, :]
    drawn: Array = rng.standard_normal(shape, dtype=np.float32)
    return drawn if mean is None else drawn * np.float32(left) + mean[:, None, :]


def parity(right: float, inputs: int) -> float:
    """Return the chance that the parity of bits is right, each read rightly with chance `right`."""
    return 0.5 + 0.5 * (2 * right - 1) ** inputs
