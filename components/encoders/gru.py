"""Gated recurrent units."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.encoders._recurrent import Recurrent


class GRU(Recurrent):
    """GRU layers. (T, d) -> (units,). Source: keras.layers.GRU; Cho 2014."""

    title: ClassVar[str] = "GRU"
    source: ClassVar[str] = "keras.layers.GRU; Cho 2014"
    wins: ClassVar[str] = "like an LSTM, with a quarter fewer weights"
    loses: ClassVar[str] = "counting over many steps; long series, because steps run one by one"
    layer: ClassVar[str] = "GRU"
    rank: ClassVar[int] = 20

    kind: Literal["gru"] = "gru"
