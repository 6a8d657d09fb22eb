"""Renderer of causes as words on scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.models.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encode import (
    EncodedColumns,
    array_ids,
    counted_words,
    usual_length,
    vocabulary,
    word_ids,
)
from sample_data.core.arrays import Array, Floats, Ints
from sample_data.core.drawings import Words
from sample_data.core.latent import InputCapacity
from sample_data.core.limits import WORDS
from sample_data.renderers._vocabulary import SCALES, Lexicon, lexicon
from sample_data.renderers.base import RenderContext, Renderer, full_shape, runs, squashed

_WORDS, _LEVELS = 4, 24
"""Words of a clause for its number, and levels at which it shows it, if there is room for them."""
_CLAUSE = ("the", "is", "and")
_TAIL = 1.5


class TokensRenderer(Renderer):
    """Little sentences: each number has a scale, and graded words of that scale say its size.

    `the weather is cold chilly icy` is a low number, `the mood is happy joyful` a high one. The
    mean grade of a clause is the number, so several words tell more than one. No clause stands in
    the middle of its scale, so the words give the sign. Plain words surround the clauses, then
    padding follows. A higher difficulty adds plain words, reorders more clauses, and spreads the
    grades of one clause. Over steps, each run of words shows the numbers of
    its step.

    With a single word, how often it stands there shows the cause.
    """

    title = "Graded words"
    needs = "texts, or an array of whole numbers (N, steps)"
    column_kinds = frozenset({"text", "category", "tokens"})
    proposed_for = frozenset({"text", "tokens"})

    def capacity(self, branch: Input) -> InputCapacity:
        (length,) = full_shape(branch)
        words = lexicon(branch.cardinality)
        if words.grades == 1:
            return InputCapacity(branch.name, branch.title, numbers=1, levels=length // 2 * 2)
        each = min(words.scales, 4 if length >= 32 else 2 if length >= 4 else 1)
        return InputCapacity(
            branch.name,
            branch.title,
            numbers=min(words.scales, length),
            steps=length // each,
            step_numbers=each,
        )

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        return SCALES[:numbers]

    def _whole(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        (length,) = full_shape(branch)
        words = lexicon(branch.cardinality)
        if words.grades == 1:
            return _repeated(causes[:, 0], length)
        clauses = _clauses(words, causes, length, context)
        return _text(words, clauses, length, context)

    def _over_steps(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        (length,) = full_shape(branch)
        words = lexicon(branch.cardinality)
        samples, steps, numbers = causes.shape
        each = length // steps // numbers
        graded = _graded(words, causes, each, context).reshape(samples, steps, -1)
        x = np.zeros((samples, length), dtype=np.int32)
        for step, run in enumerate(runs(length, steps)):
            x[:, run] = words.plain_id("and") or 0
            x[:, run.start : run.start + numbers * each] = graded[:, step]
        return x

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Words:
        words = lexicon(branch.cardinality)
        ids = [int(number) for number in sample if number]
        if names is None:
            return Words([words.word(i) for i in ids], [words.feeling(i) for i in ids])
        return Words([names[i] if i < len(names) else f"w{i}" for i in ids], [0.0] * len(ids))

    def wanted_columns(self, branch: Input) -> int:
        return 1

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        first = columns[0]
        if first.kind == "tokens":
            return {"vocabulary": max(2, int(first.values.max()) + 1), "length": first.shape[0]}
        counted, lengths = counted_words(columns, np.ones(len(columns[0].values), bool))
        return {"vocabulary": len(vocabulary(counted, WORDS)), "length": usual_length(lengths)}

    def proposed_encoder(self, sizes: dict[str, Any]) -> dict[str, Any]:
        return {"kind": "embedding", "depth": 1, "units": 16 if sizes["vocabulary"] < 500 else 32}

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        if columns[0].scalar:
            return word_ids(branch, columns, trained)
        return array_ids(branch, columns)


def _repeated(cause: Floats, length: int) -> Ints:
    """Repeat the only word, from never to always, and never at exactly half of the places."""
    count = _level(cause, length)
    return (np.arange(length) < count[:, None]).astype(np.int32)


def _level(causes: Floats, top: int) -> Ints:
    """Return even levels from 0 to `top` of causes, above the middle for positive ones only."""
    levels = (top + 1) // 2 * 2
    placed = (np.abs(squashed(causes)) * np.float32(levels // 2)).astype(np.int32)
    placed = np.minimum(placed, levels // 2 - 1)
    return np.where(causes > 0, top - (levels // 2 - 1) + placed, levels // 2 - 1 - placed)


def _graded(words: Lexicon, causes: Floats, each: int, context: RenderContext) -> Ints:
    """Return ids (…, numbers, each): `each` words on its scale for each number (…, numbers).

    Their mean grade is the number. The first half of them is moved by a few grades and the other
    half by as many in the other direction.
    """
    top = words.grades - 1
    total = _level(causes, each * top)[..., None]
    grade = (total // each + (np.arange(each) < total % each)).astype(np.int32)
    half = each // 2
    first, second = grade[..., :half], grade[..., half : 2 * half]
    widest = 1 + round(3 * context.difficulty)
    apart = context.rng.integers(-widest, widest + 1, first.shape)
    apart = np.clip(apart, -np.minimum(first, top - second), np.minimum(top - first, second))
    grade[..., :half] += apart
    grade[..., half : 2 * half] -= apart
    scale = np.arange(causes.shape[-1], dtype=np.int32)[:, None]
    return words.graded(scale, grade)


def _clauses(words: Lexicon, causes: Floats, length: int, context: RenderContext) -> Ints:
    """Return ids (N, numbers, width) of one clause per number: `the mood is happy and joyful`."""
    numbers = causes.shape[1]
    room = length // numbers
    each = min(room, max(_WORDS, -(-_LEVELS // (words.grades - 1))))
    graded = _graded(words, causes, each, context)
    parts = {"first": graded[..., : max(1, each - 1)], "last": graded[..., max(1, each - 1) :]}
    names = [words.plain_id(name) for name in SCALES[:numbers]]
    links = {word: words.plain_id(word) for word in _CLAUSE}
    spare = room - each
    shape = (len(causes), numbers, 1)

    def column(ids: int | Ints) -> Ints:
        return np.broadcast_to(np.asarray(ids, dtype=np.int32), shape)

    written = [parts["first"], parts["last"]]
    if spare >= 1 and None not in names:
        written.insert(0, column(np.array(names)[:, None]))
        if spare >= 2 and links["is"]:
            written.insert(1, column(links["is"]))
        if spare >= 3 and links["the"]:
            written.insert(0, column(links["the"]))
        if spare >= 4 and links["and"] and each > 1:
            written.insert(-1, column(links["and"]))
    return np.concatenate(written, axis=2)


def _text(words: Lexicon, clauses: Ints, length: int, context: RenderContext) -> Ints:
    """Return clauses (N, numbers, width) with plain words around them, and padding at the end."""
    samples, numbers, width = clauses.shape
    rng, difficulty = context.rng, context.difficulty
    order = np.arange(numbers) + rng.random((samples, numbers)) * (2 * difficulty * numbers)
    clauses = np.take_along_axis(clauses, order.argsort(axis=1)[..., None], axis=1)
    used = numbers * width
    most = round((length - used) * min(1.0, _TAIL * difficulty)) if len(words.fillers) else 0
    before = rng.integers(0, most + 1, (samples, 1))
    index = np.arange(length)
    start = rng.integers(0, max(1, len(words.fillers)), (samples, 1))
    phrase = words.fillers.start + (start + index) % max(1, len(words.fillers))
    x = np.where(index < used + most, phrase, 0).astype(np.int32)
    np.put_along_axis(x, before + np.arange(used), clauses.reshape(samples, -1), axis=1)
    return x
