"""Shapley values and interactions of a game, from the values of its coalitions.

A coalition is a bit mask of players. A table (2^M, ...) has the value of each coalition at its
mask; values may be arrays, and each of their numbers is a game of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

from sample_data.core.arrays import Array


def shapley_values(table: Array) -> Array:
    """The Shapley value of each player, (M, ...). Source: Shapley 1953."""
    players = _players(table)
    return np.stack([_mean_gain(table, 1 << i, players) for i in range(players)])


def shapley_interactions(table: Array) -> Array:
    """(M, M, ...), which adds up to v(all) - v(none).

    Half the Shapley interaction index of each pair stands on either side of the diagonal; what is
    left of each player's Shapley value is on it. Source: Grabisch and Roubens 1999; Lundberg 2020,
    equations 3 to 6.
    """
    players = _players(table)
    matrix = np.zeros((players, players, *table.shape[1:]))
    for i, value in enumerate(shapley_values(table)):
        matrix[i, i] = value
    for i in range(players):
        for j in range(i):
            half = _pair_gain(table, i, j, players) / 2
            matrix[i, j] = matrix[j, i] = half
            matrix[i, i] -= half
            matrix[j, j] -= half
    return matrix


def interaction_share(matrix: Array) -> float:
    """The share of a sum of absolute interactions (M, M, ...) that is off the diagonal.

    Source: InterSHAP, Wenderoth 2025. 0 if there is nothing at all.
    """
    sizes = np.abs(matrix).sum(axis=tuple(range(2, matrix.ndim)))
    total = float(sizes.sum())
    return (total - float(np.trace(sizes))) / total if total else 0.0


def sampled_shapley_values(
    value: Callable[[int], Array], players: int, orders: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Estimates of the Shapley values, (M, ...), and their standard errors.

    Each of the random orders of the players gives one sample of every player's value. Source:
    Castro, Gómez and Tejada 2009.
    """
    gains = []
    for _ in range(orders):
        coalition, before = 0, value(0)
        gain: dict[int, Array] = {}
        for player in rng.permutation(players):
            coalition |= 1 << int(player)
            after = value(coalition)
            gain[int(player)], before = after - before, after
        gains.append(np.stack([gain[player] for player in range(players)]))
    every = np.stack(gains)
    return every.mean(axis=0), every.std(axis=0, ddof=1) / np.sqrt(orders)


def _players(table: Array) -> int:
    return len(table).bit_length() - 1


def _without(joining: int, players: int) -> tuple[Array, Array]:
    """The coalitions without some players, and their weights.

    A weight is the share of the orders in which the players, as one, come right after a coalition.
    """
    without = [mask for mask in range(1 << players) if not mask & joining]
    left = players - joining.bit_count()
    weights = [
        factorial(size) * factorial(left - size) / factorial(left + 1)
        for size in map(int.bit_count, without)
    ]
    return np.array(without), np.array(weights)


def _mean_gain(table: Array, joining: int, players: int) -> Array:
    """The weighted mean of what a player adds to the coalitions without it."""
    without, weights = _without(joining, players)
    gain: Array = np.tensordot(weights, table[without | joining] - table[without], axes=1)
    return gain


def _pair_gain(table: Array, i: int, j: int, players: int) -> Array:
    """The Shapley interaction index of two players."""
    one, other = 1 << i, 1 << j
    without, weights = _without(one | other, players)
    together = table[without | one | other] - table[without | one] - table[without | other]
    gain: Array = np.tensordot(weights, together + table[without], axes=1)
    return gain
