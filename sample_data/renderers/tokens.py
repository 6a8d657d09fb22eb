"""Causes as the mood of a text."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data import vocabulary
from sample_data.arrays import Array, Floats, Ints
from sample_data.drawings import Words
from sample_data.renderers.base import Renderer, full_shape, only_cause, squashed
from sample_data.vocabulary import NEGATIVE, NEUTRAL, POSITIVE

_PADDING = 0
_ROLES = (POSITIVE, NEGATIVE, NEUTRAL)


class TokensRenderer(Renderer):
    """Among an odd number of words with a feeling, more are positive the larger the cause.

    About half of the text has a feeling, the rest is neutral; up to a quarter of the steps is
    padding at the end. A vocabulary without neutral words gives shorter texts, and with a single
    word its count alone shows the cause.
    """

    title: ClassVar[str] = "Positive and negative words"
    cue: ClassVar[str] = "the share of positive among positive and negative words"

    kind: Literal["tokens"] = "tokens"

    def draw(
        self, given: Input, causes: Floats, world: np.random.Generator, rng: np.random.Generator
    ) -> Array:
        cause = only_cause(given, causes)
        (length,) = full_shape(given)
        roles = _shuffled(rng, _roles(rng, cause, length, given.cardinality))
        words = np.array([0, *(_words(role, given) for role in _ROLES)], dtype=np.float32)
        drawn = rng.random(roles.shape, dtype=np.float32) * words[roles]
        return vocabulary.ids_of(roles, drawn.astype(np.int32))

    def show(self, given: Input, sample: Array) -> Words:
        ids = [int(identity) for identity in sample if identity]
        return Words([vocabulary.word(i) for i in ids], [vocabulary.feeling(i) for i in ids])


def _words(role: int, given: Input) -> int:
    return vocabulary.words_of(role, given.cardinality)


def _roles(rng: np.random.Generator, cause: Floats, length: int, ids: int) -> Ints:
    """Roles (N, length) in order: positive, negative, neutral, padding."""
    half = max(1, length // 2)
    felt = half - 1 + half % 2
    # An odd number of words has no tie, so the majority is always the sign of the cause.
    share = (squashed(cause) + 1) / 2
    positive = np.minimum((share * (felt + 1)).astype(np.int32), felt)
    end = rng.integers(length - length // 4, length + 1, len(cause))
    step = np.arange(length)[None, :]
    roles = np.full((len(cause), length), _PADDING, dtype=np.int32)
    if vocabulary.words_of(NEUTRAL, ids):
        roles[step < end[:, None]] = NEUTRAL
    if vocabulary.words_of(NEGATIVE, ids):
        roles[:, :felt] = NEGATIVE
    roles[step < positive[:, None]] = POSITIVE
    return roles


def _shuffled(rng: np.random.Generator, roles: Ints) -> Ints:
    """Each row in random order, padding at its end."""
    keys = rng.random(roles.shape, dtype=np.float32)
    keys[roles == _PADDING] = 2
    return np.take_along_axis(roles, keys.argsort(axis=1), axis=1)
