"""Long short-term memory."""

from components.models.encoders._recurrent import Recurrent


class LSTM(Recurrent):
    """LSTM layers. (T, d) -> (units,). Source: keras.layers.LSTM; Hochreiter, Schmidhuber 1997."""

    title = "LSTM"
    source = "keras.layers.LSTM; Hochreiter and Schmidhuber 1997"
    good_for = "order and memory over dozens of steps, with little data"
    weak_at = "long series, because steps run one by one and early steps fade"
    rank = 10
