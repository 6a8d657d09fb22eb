"""Long short-term memory."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.encoders._recurrent import Recurrent


class LSTM(Recurrent):
    """LSTM layers. (T, d) -> (units,). Source: keras.layers.LSTM; Hochreiter, Schmidhuber 1997."""

    title: ClassVar[str] = "LSTM"
    source: ClassVar[str] = "keras.layers.LSTM; Hochreiter and Schmidhuber 1997"
    wins: ClassVar[str] = "order and memory over dozens of steps, with little data"
    loses: ClassVar[str] = "long series, because steps run one by one and early steps fade"
    layer: ClassVar[str] = "LSTM"
    rank: ClassVar[int] = 10

    kind: Literal["lstm"] = "lstm"
