"""Helpers for merges that leave out the sources a sample lacks."""

from collections.abc import Sequence

from components.models.language.blocks import LOWEST, any_present
from components.models.language.recorder import Keras, Tensor
from components.models.merges.base import Tensors


def presences(k: Keras, xs: Tensors) -> list[Tensor]:
    """Return for each source 1 if a sample has it, else 0, (1,) each; empty if none can be missing.

    If a sample lacks all sources, all count as present, with their fillings.
    """
    known = [k.presence(x) for x in xs]
    some = next((each for each in known if each is not None), None)
    if some is None:
        return []
    with k.annotate(hidden="mask"):
        there = [k.ops.ones_like(some) if each is None else each for each in known]
        if None in known:
            return there
        nothing = k.ops.subtract(1.0, any_present(k, there))
        return [k.ops.maximum(each, nothing) for each in there]


def row_of(k: Keras, there: Sequence[Tensor]) -> Tensor:
    """Return the sources that a sample has, (M,) of booleans."""
    with k.annotate(hidden="mask"):
        return k.ops.greater(k.ops.concatenate(list(there), axis=1), 0.0)


def gate_of_sources(k: Keras, xs: Tensors) -> Tensor:
    """Return softmax(W [h1; ...; hM] + b), with 0 for sources that a sample lacks. -> (M,)."""
    there = presences(k, xs)
    seen = k.Concatenate(name="seen")(xs)
    if not there:
        return k.Dense(len(xs), activation="softmax", name="gate")(seen)
    scores = k.Dense(len(xs), name="scores")(seen)
    with k.annotate(hidden="bypass"):
        scores = k.ops.where(row_of(k, there), scores, LOWEST)
    return k.Softmax(name="gate")(scores)


def gated_sum(k: Keras, gate: Tensor, xs: Tensors) -> Tensor:
    """Return the sum of vectors, each multiplied by its gate of (M,). (d,) each -> (d,)."""
    by_source = k.Reshape((len(xs), 1), name="by_source")(gate)
    weighted = k.Multiply(name="gated")([by_source, k.ops.stack(list(xs), axis=1)])
    return k.ops.sum(weighted, axis=1)


def masked_steps(k: Keras, steps: Tensors, xs: Tensors) -> list[Tensor]:
    """Return the sources as steps; the steps of sources that a sample lacks are masked.

    (T_m, d) each -> (T_m, d) each.
    """
    pairs = zip(steps, presences(k, xs), strict=False)
    return [_masked(k, x, there) for x, there in pairs] or list(steps)


def _masked(k: Keras, x: Tensor, there: Tensor) -> Tensor:
    held = k.mask(x)
    with k.annotate(hidden="bypass"):
        same = k.Identity(name="step")(x)

    def mask() -> Tensor:
        here = k.ops.greater(there, 0.0)
        every = k.ops.ones_like(k.ops.take(x, 0, axis=-1), dtype="bool") if held is None else held
        return k.ops.logical_and(every, here)

    return k.set_mask(same, mask)
