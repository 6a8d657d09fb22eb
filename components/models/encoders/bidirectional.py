"""Recurrent layers in both directions."""

from collections.abc import Callable
from typing import Literal

from components.models.encoders._recurrent import Recurrent
from components.models.encoders.base import Field, Keras, Tensor


class Bidirectional(Recurrent):
    """LSTM or GRU layers forwards and backwards. (T, d) -> (2 * units,), or (units,) for the sum.

    Source: keras.layers.Bidirectional; Schuster and Paliwal 1997.
    """

    title = "Bidirectional"
    source = "keras.layers.Bidirectional; Schuster and Paliwal 1997"
    good_for = "texts and complete series, where both sides explain a step"
    weak_at = "forecasts, which must not see the future; twice the weights and time"
    rank = 25

    cell: Literal["lstm", "gru"] = Field(
        "lstm", description="The recurrent layer of each direction."
    )
    merge_mode: Literal["concat", "sum"] = Field(
        "concat", description="`concat` joins both states, `sum` adds them and is half as wide."
    )

    def _recurrent(self, k: Keras, units: int, steps: bool, i: int) -> Callable[..., Tensor]:
        arguments = {"return_sequences": True} if steps else {}
        inner = k.inner.LSTM if self.cell == "lstm" else k.inner.GRU
        layer: Callable[..., Tensor] = k.Bidirectional(
            inner(units, **arguments), merge_mode=self.merge_mode, name=f"bidirectional_{i}"
        )
        return layer
