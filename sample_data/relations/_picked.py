"""Relations in which one input picks which numbers of others count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np

from sample_data.core.arrays import Array, Floats
from sample_data.core.latent import CauseLayout, Observation
from sample_data.core.probability import normal_classes, prior
from sample_data.relations._levels import normal_sum
from sample_data.relations.base import Relation


@dataclass(frozen=True)
class Roles:
    """Roles of inputs: those at `pickers` together pick `picks` of `count` numbers.

    The numbers are in the inputs at `values`; all others carry no information.
    """

    pickers: tuple[int, ...]
    values: tuple[int, ...]
    count: int
    picks: int = 1


class PickRelation(Relation):
    """Relation whose score sums the picked numbers of all `values` inputs, each N(0, 1)."""

    independent = True

    def roles(self, layout: CauseLayout) -> Roles:
        """Return the roles of the inputs. Raises `DataError` if there are too few inputs."""
        raise NotImplementedError

    def pick(self, observed: Observation) -> Array:
        """Return which numbers are picked, (N, picks), when all pickers are observed."""
        raise NotImplementedError

    def value(self, view: Floats) -> Floats:
        """Return the numbers (N, count) that may be picked in the view of a `values` input."""
        raise NotImplementedError

    def check(self, layout: CauseLayout) -> None:
        self.roles(layout)

    def scale(self, layout: CauseLayout, head: int) -> float:
        roles = self.roles(layout)
        return math.sqrt(roles.picks * len(roles.values))

    def posterior(self, observed: Observation, head: int) -> Array:
        """Return that of a normal score if the pick is known, otherwise the mean over all picks."""
        plan, classes, roles = (
            observed.plan,
            observed.plan.classes[head],
            self.roles(observed.plan),
        )
        known = [
            self.value(view)
            for index in roles.values
            if (view := observed.views[index]) is not None
        ]
        if not known:
            return prior(observed.samples, classes)
        kept = 1 / (1 + self.noise**2)
        means = kept * sum(known[1:], known[0])
        sums = self._sums(observed, roles, means)
        if not classes:
            mean: Array = sums.mean(axis=1) / self.scale(plan, head)
            return mean
        left = math.sqrt(max(0.0, roles.picks * (len(roles.values) - len(known) * kept)))
        cuts = self.cuts(plan, head)
        chances = np.zeros((len(sums), classes))
        for column in sums.T:
            chances += normal_classes(cuts, column, left)
        chances /= sums.shape[1]
        return chances

    def simulated_samples(self, layout: CauseLayout, head: int) -> int:
        """Return fewer samples if there are many possible picks."""
        roles = self.roles(layout)
        work = math.comb(roles.count, roles.picks) * max(2, layout.classes[head])
        return min(super().simulated_samples(layout, head), max(2000, 4_000_000 // work))

    def exact(self, layout: CauseLayout, head: int, seen: Sequence[int]) -> float | None:
        """Return a normal sum if the pick is known; for one unknown pick, the signs' majority."""
        roles, classes = self.roles(layout), layout.classes[head]
        known = sum(index in seen for index in roles.values)
        share = known / (len(roles.values) * (1 + self.noise**2))
        if set(roles.pickers) <= set(seen) or not known:
            return normal_sum(layout, head, share)
        if not classes:
            return share * roles.picks / roles.count
        if classes == 2 and roles.picks == 1 and share == 1:
            return majority(roles.count)
        return None

    def _sums(self, observed: Observation, roles: Roles, means: Array) -> Array:
        """Return the sums (N, possible picks) of the picked numbers' means."""
        if set(roles.pickers) <= set(observed.seen):
            picked: Array = np.take_along_axis(means, self.pick(observed), axis=1)
            total: Array = picked.sum(axis=1, keepdims=True)
            return total
        if roles.picks == 1:
            return means
        chosen = np.array(list(combinations(range(roles.count), roles.picks)))
        sums: Array = means[:, chosen].sum(axis=2)
        return sums


def majority(count: int) -> float:
    """Return the chance that one of `count` fair signs, at random, agrees with most of them."""
    agree = sum(math.comb(count, n) * max(n, count - n) for n in range(count + 1))
    return agree / (count << count)


def codes(count: int) -> Floats:
    """Return numbers (count,) for places: even shares of N(0, 1), which bins separate."""
    normal = NormalDist()
    return np.array(
        [normal.inv_cdf((index + 0.5) / count) for index in range(count)], dtype=np.float32
    )


def decoded(numbers: Floats, count: int) -> Array:
    """Return the places of the nearest codes."""
    known = codes(count)
    return np.searchsorted((known[1:] + known[:-1]) / 2, numbers)
