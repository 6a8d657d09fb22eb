"""Every input tells the same."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from sample_data.relations._levels import Levelled, drawn_levels, level_count, spread
from sample_data.relations.base import Plan, Truth, normals


class Redundant(Levelled):
    """u_m = s + N(0, 1) for every input, s = ±1, y = [s > 0]; the score is s.

    K classes: s on K even levels from -1 to 1, with noise of half a step (1 for K = 2), so that
    neighbours are as hard to tell apart as the two classes. For heads of different K, the levels
    are their least common multiple and the noise is that of the largest K.
    """

    title: ClassVar[str] = "Redundant"
    formula: ClassVar[str] = r"u_m = s + \varepsilon_m,\quad s = \pm 1,\quad y = [s > 0]"
    teaches: ClassVar[str] = "all strategies tie; averaging the inputs removes noise"
    source: ClassVar[str] = "Redundant information: Williams and Beer 2010; Liang 2023"
    rank: ClassVar[int] = 10

    kind: Literal["redundant"] = "redundant"

    def draw(self, plan: Plan, samples: int, rng: np.random.Generator) -> Truth:
        score = drawn_levels(rng, (samples,), level_count(plan))
        causes = normals(rng, plan.inputs, samples)
        causes *= np.float32(spread(plan))
        causes += score[:, None, None]
        return Truth(plan, causes, score)
