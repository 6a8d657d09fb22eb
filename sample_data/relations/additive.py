"""Every input tells a part."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from sample_data.relations.base import Plan, Relation, Truth, normals


class Additive(Relation):
    """u_m ~ N(0, 1), y = [sum of u_m > 0]; the score is the sum. K classes: its quantile bins."""

    title: ClassVar[str] = "Additive"
    formula: ClassVar[str] = r"u_m \sim N(0, 1),\quad y = \left[\sum_m u_m > 0\right]"
    teaches: ClassVar[str] = "a late sum is enough, and no input is enough alone"
    source: ClassVar[str] = "Additive models: Hastie and Tibshirani 1986; Hessel and Lee 2020"
    rank: ClassVar[int] = 30

    kind: Literal["additive"] = "additive"

    def draw(self, plan: Plan, samples: int, rng: np.random.Generator) -> Truth:
        causes = normals(rng, plan.inputs, samples)
        return Truth(plan, causes, causes.sum(axis=(1, 2)))
