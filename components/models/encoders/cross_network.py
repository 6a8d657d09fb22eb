"""Explicit products of features, one degree more in each layer."""

from typing import Literal

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor
from components.models.language import blocks


class CrossNetwork(base.Encoder):
    """`depth` layers that multiply their input by the features again, and add it. (d,) -> (d,).

    A layer is x0 * (W x) + b + x, x0 the features themselves. With `vector` weights W is one row,
    so that W x is one number for each sample (Wang 2017, equation 3). With `matrix` weights each
    feature has a row: x0 * (W x + b) + x (Wang 2021, equation 1).
    """

    title = "Cross network"
    takes = frozenset({"vector"})
    source = "Wang, Fu, Fu and Wang 2017; Wang, Shivanna, Cheng and others 2021"
    good_for = "products of a few features, such as embedded ids, beside a dense stack"
    weak_at = "features whose products say nothing; the width stays that of the input"
    rank = 35

    weights: Literal["vector", "matrix"] = Field(
        "vector",
        description="`vector` has one weight for each feature (DCN), `matrix` one for each pair "
        "(DCN-v2).",
    )
    dropout: base.Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        first = x
        for i in range(1, self.depth + 1):
            x = (
                self._matrix(k, first, x, i)
                if self.weights == "matrix"
                else self._vector(k, first, x, i)
            )
            x = blocks.add_dropout(k, x, self.dropout, f"dropout_{i}")
        return x

    def _vector(self, k: Keras, first: Tensor, x: Tensor, i: int) -> Tensor:
        number = k.Dense(1, use_bias=False, name=f"cross_{i}")(x)
        product = k.ops.multiply(first, number)
        bias = k.Dense(x.shape[-1], use_bias=False, kernel_initializer="zeros", name=f"bias_{i}")
        return k.Add(name=f"sum_{i}")([product, bias(blocks.constant_one(k, x)), x])

    def _matrix(self, k: Keras, first: Tensor, x: Tensor, i: int) -> Tensor:
        turned = k.Dense(x.shape[-1], name=f"cross_{i}")(x)
        return k.Add(name=f"sum_{i}")([k.Multiply(name=f"product_{i}")([first, turned]), x])
