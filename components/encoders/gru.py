"""Gated recurrent units."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.encoders._recurrent import Recurrent


class GRU(Recurrent):
    """GRU layers. (T, d) -> (units,). Source: keras.layers.GRU; Cho 2014."""

    title: ClassVar[str] = "GRU"
    layer: ClassVar[str] = "GRU"
    rank: ClassVar[int] = 20

    kind: Literal["gru"] = "gru"
