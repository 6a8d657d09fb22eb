"""Relation in which every head has a task of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from components.models.language.fields import number
from sample_data.core.arrays import Array, Floats
from sample_data.core.latent import CauseLayout, LatentSample, Observation
from sample_data.core.probability import normal_classes, prior
from sample_data.relations._levels import normal_sum
from sample_data.relations._products import ProductOfNormals
from sample_data.relations.base import normals


class MultiTask(ProductOfNormals):
    """Head m predicts the sum of u_m > 0, the head after the last input all: <u_1, u_2> > 0.

    u_m ~ N(0, I_k), with k as set, or smaller if an input shows less. More heads start again with
    the first input. More than two inputs: the last task is the sum over the k numbers of the
    product over all inputs. K classes: quantile bins of the score.
    """

    title = "Multi-task"
    plain = (
        "The first heads each ask about one input; the last one asks whether the inputs "
        "point the same way."
    )
    formula = (
        r"y_a = \left[\textstyle\sum_j u_{1j} > 0\right],\quad "
        r"y_b = \left[\textstyle\sum_j u_{2j} > 0\right],\quad "
        r"y_c = \left[\langle u_1, u_2 \rangle > 0\right]"
    )
    teaches = "Sharing and interference: some heads need one branch, one head needs them all."
    source = "Multitask learning: Caruana 1997"
    rank = 120

    k: int = number(
        2, 1, 64, "Number of dimensions of each cause; fewer if an input can't show as many."
    )

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        causes = tuple(normals(rng, layout.inputs, samples, self._numbers(layout)))
        return LatentSample(layout, causes, causes[0].sum(axis=1))

    def score(self, truth: LatentSample, head: int) -> Floats:
        """Return the latent score of the head at that index, (N,)."""
        asked = self.asks(truth.plan, head)
        one = np.prod(truth.causes, axis=0) if asked is None else truth.causes[asked]
        score: Floats = one.sum(axis=1)
        return score

    def asks(self, layout: CauseLayout, head: int) -> int | None:
        """Return the index of the input that the head needs; `None` if it needs all."""
        index = head % (layout.inputs + 1)
        return None if index == layout.inputs else index

    def posterior(self, observed: Observation, head: int) -> Array:
        plan, asked = observed.plan, self.asks(observed.plan, head)
        if asked is None:
            return super().posterior(observed, head)
        view, classes, scale = observed.views[asked], plan.classes[head], self.scale(plan, head)
        if view is None:
            return prior(observed.samples, classes)
        mean: Array = self._mean(view).sum(axis=1)
        if not classes:
            return mean / scale
        left = scale * self.noise / math.sqrt(1 + self.noise**2)
        return normal_classes(self.cuts(plan, head), mean, left)

    def additive(self, observed: Observation, head: int) -> Array | None:
        """Return the exact prediction for a head that needs one input."""
        return None if self.asks(observed.plan, head) is None else self.posterior(observed, head)

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        asked = self.asks(layout, head)
        if asked is None:
            return super().exact(layout, head, seen)
        return normal_sum(layout, head, 1 / (1 + self.noise**2) if asked in seen else 0)

    def _numbers(self, layout: CauseLayout) -> int:
        return min(self.k, *(capacity.numbers for capacity in layout.capacities))
