"""One input tells all."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from sample_data.relations._levels import Levelled, drawn_levels, level_count, spread
from sample_data.relations.base import Plan, Truth, normals


class Unique(Levelled):
    """u_1 = 2s + N(0, 1), s = ±1, y = [s > 0]; the other inputs are N(0, 1); the score is s.

    K classes: s on K even levels from -1 to 1, with noise of half a step in s (1 for K = 2), so
    that neighbours are as hard to tell apart as the two classes. For heads of different K, the
    levels are their least common multiple and the noise is that of the largest K.
    """

    title: ClassVar[str] = "Unique"
    formula: ClassVar[str] = r"u_1 = 2s + \varepsilon_1,\quad s = \pm 1,\quad y = [s > 0]"
    teaches: ClassVar[str] = "ignoring a branch: only the first input tells, the others are noise"
    source: ClassVar[str] = "Unique information: Williams and Beer 2010; Liang 2023"
    rank: ClassVar[int] = 20

    kind: Literal["unique"] = "unique"

    def draw(self, plan: Plan, samples: int, rng: np.random.Generator) -> Truth:
        score = drawn_levels(rng, (samples,), level_count(plan))
        causes = normals(rng, plan.inputs, samples)
        causes[:, 0, 0] = 2 * score + np.float32(spread(plan)) * causes[:, 0, 0]
        return Truth(plan, causes, score)
