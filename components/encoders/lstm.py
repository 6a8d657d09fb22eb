"""Long short-term memory."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.encoders._recurrent import Recurrent


class LSTM(Recurrent):
    """LSTM layers. (T, d) -> (units,). Source: keras.layers.LSTM; Hochreiter, Schmidhuber 1997."""

    title: ClassVar[str] = "LSTM"
    layer: ClassVar[str] = "LSTM"
    rank: ClassVar[int] = 10

    kind: Literal["lstm"] = "lstm"
