"""Long short-term memory."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.encoders._recurrent import Recurrent


class LSTM(Recurrent):
    """LSTM layers. (T, d) -> (units,). Source: keras.layers.LSTM; Hochreiter, Schmidhuber 1997."""

    title: ClassVar[str] = "LSTM"
    source: ClassVar[str] = "keras.layers.LSTM; Hochreiter and Schmidhuber 1997"
    wins: ClassVar[str] = "order and memory over some dozens of steps, with little data"
    loses: ClassVar[str] = "long series, as steps run one by one and the first ones fade"
    layer: ClassVar[str] = "LSTM"
    rank: ClassVar[int] = 10

    kind: Literal["lstm"] = "lstm"
