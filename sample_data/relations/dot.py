"""Relation in which inputs match if their causes point in the same direction."""

from __future__ import annotations

import numpy as np

from components.models.language.fields import number
from sample_data.core.latent import CauseLayout, LatentSample
from sample_data.relations._products import ProductOfNormals
from sample_data.relations.base import normals, wants_numbers


class DotProduct(ProductOfNormals):
    """u_m ~ N(0, I_k), y = [<u_1, u_2> > 0]; the score is the dot product.

    More than two inputs: the sum over the k numbers of the product over all inputs; one input: the
    sum of its numbers. K classes: quantile bins of the score.
    """

    title = "Dot product"
    plain = "Each input shows a vector. The label is 1 if the two point the same way."
    formula = r"u_m \sim N(0, I_k),\quad y = \left[\langle u_1, u_2 \rangle > 0\right]"
    teaches = "Multiply and Bilinear are ahead of Concatenate, which stays at chance."
    source = "Rendle 2020, Neural collaborative filtering vs. matrix factorization"
    rank = 50

    k: int = number(
        4, 1, 64, "Number of dimensions of each cause. Every input must be able to show as many."
    )

    def check(self, layout: CauseLayout) -> None:
        least = min(capacity.numbers for capacity in layout.capacities)
        wants_numbers(
            "A dot product",
            layout,
            self.k,
            f"Set `k` to {least} or less, make the input a vector, or choose another relation.",
        )

    def draw(self, layout: CauseLayout, samples: int, rng: np.random.Generator) -> LatentSample:
        self.check(layout)
        causes = normals(rng, layout.inputs, samples, self.k)
        return LatentSample(layout, tuple(causes), np.prod(causes, axis=0).sum(axis=1))

    def _numbers(self, layout: CauseLayout) -> int:
        return self.k
