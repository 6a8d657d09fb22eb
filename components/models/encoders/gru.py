"""Gated recurrent units."""

from components.models.encoders._recurrent import Recurrent


class GRU(Recurrent):
    """GRU layers. (T, d) -> (units,). Source: keras.layers.GRU; Cho 2014."""

    title = "GRU"
    source = "keras.layers.GRU; Cho 2014"
    good_for = "like an LSTM, with a quarter fewer weights"
    weak_at = "counting over many steps; long series, because steps run one by one"
    rank = 20
