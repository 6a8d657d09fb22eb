"""Concatenation at each step."""

from components.models.language.blocks import any_mask
from components.models.merges._tokens import as_steps
from components.models.merges.base import (
    Contract,
    Keras,
    Merge,
    ShapeError,
    Tensor,
    Tensors,
    size_text,
)


class TimeConcatenate(Merge):
    """[h1(t); ...; hM(t)] at each step t. (T, d_m) or (d_m,) each -> (T, sum of d_m).

    A vector is repeated at every step. A step counts if any of the sequences holds data; the others
    have zeros there. Raises `ShapeError` if no source is a sequence. Source: early fusion;
    keras.layers.Concatenate and RepeatVector.
    """

    title = "Concatenate over time"
    family = "join"
    plain = "Concatenates the sources at each time step."
    contract = Contract(equal="steps", ranks=(1, 2), mixed=True)
    formula = (
        r"[h_1(t);\, h_2(t);\, \dots;\, h_M(t)] \;\text{ for each } t, "
        r"\quad h_m(t) = h_m \text{ for a vector}"
    )
    source = "early fusion; keras.layers.Concatenate and RepeatVector"
    good_for = "synchronous streams, whose events at the same time are read together"
    weak_at = "lookup by content; streams with a delay, because it reads the same step of all"
    cost = "only the memory of T times the sum of widths"
    traits = frozenset({"no weights", "additive"})
    uses_masks = True
    rank = 400

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        sequences = [x for x in xs if len(x.shape) == 3]
        if not sequences:
            raise self._no_sequence(xs)
        clock = sequences[0]
        joined = k.Concatenate(name="joined")(
            [
                k.fill_padding(x) if len(x.shape) == 3 else _repeated(k, s, x, clock)
                for s, x in zip(self.sources, xs, strict=True)
            ]
        )
        if all(k.has_mask(x) for x in sequences):
            k.set_mask(joined, lambda: any_mask(k, [k.mask(x) for x in sequences]))
        return joined

    def _no_sequence(self, xs: Tensors) -> ShapeError:
        pairs = zip(self.sources, xs, strict=True)
        return ShapeError(
            f"{self.title} needs at least one sequence among its sources.",
            ", ".join(f"{s} {size_text(tuple(x.shape[1:]))}" for s, x in pairs),
            "Choose the “Readout” `sequence` for one of them, or use Concatenate, which "
            "joins vectors.",
            ("sources",),
            self.sources,
        )


def _repeated(k: Keras, source: str, x: Tensor, clock: Tensor) -> Tensor:
    """Repeat a vector at each step of a sequence. (d,) -> (T, d)."""
    steps = clock.shape[1]
    if steps is not None:
        return k.RepeatVector(steps, name=f"repeat_{source}")(x)
    ones = k.ops.ones_like(k.ops.take(clock, [0], axis=-1))
    return k.ops.multiply(as_steps(k, source, x), ones)
