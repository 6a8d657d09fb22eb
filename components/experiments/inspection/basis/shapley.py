"""Shapley values and interactions of a game, from the values of its coalitions.

A coalition is a bit mask of players. A table (2^M, ...) has the value of each coalition at its
mask. Values may be arrays; each of their numbers is a separate game.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

from sample_data.core.arrays import Array


def shapley_values(table: Array) -> Array:
    """Return the Shapley value of each player, (M, ...). Source: Shapley 1953."""
    players = _players(table)
    return np.stack([_mean_gain(table, 1 << i, players) for i in range(players)])


def shapley_interactions(table: Array) -> Array:
    """Return the Shapley interactions (M, M, ...); their sum is v(all) - v(none).

    Each pair has half its Shapley interaction index on either side of the diagonal. The diagonal
    has the rest of each player's Shapley value. Source: Grabisch and Roubens 1999; Lundberg 2020,
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
    """Return the off-diagonal share of the absolute interactions (M, M, ...); 0 if all are 0.

    Source: InterSHAP, Wenderoth 2025.
    """
    sizes = np.abs(matrix).sum(axis=tuple(range(2, matrix.ndim)))
    total = float(sizes.sum())
    return (total - float(np.trace(sizes))) / total if total else 0.0


def sampled_shapley_values(
    value: Callable[[int], Array], players: int, orders: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return estimates of the Shapley values, (M, ...), and their standard errors.

    Each random order of the players is one sample of every player's value. Source: Castro, Gómez
    and Tejada 2009.
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
    """Return the coalitions without some players, and their weights.

    The weight of a coalition is the share of orders in which these players, taken as one, directly
    follow it.
    """
    without = [mask for mask in range(1 << players) if not mask & joining]
    left = players - joining.bit_count()
    weights = [
        factorial(size) * factorial(left - size) / factorial(left + 1)
        for size in map(int.bit_count, without)
    ]
    return np.array(without), np.array(weights)


def _mean_gain(table: Array, joining: int, players: int) -> Array:
    """Return the weighted mean gain from adding a player to the coalitions without it."""
    without, weights = _without(joining, players)
    gain: Array = np.tensordot(weights, table[without | joining] - table[without], axes=1)
    return gain


def _pair_gain(table: Array, i: int, j: int, players: int) -> Array:
    """Return the Shapley interaction index of two players."""
    one, other = 1 << i, 1 << j
    without, weights = _without(one | other, players)
    together = table[without | one | other] - table[without | one] - table[without | other]
    gain: Array = np.tensordot(weights, together + table[without], axes=1)
    return gain
