"""Products of projections, read by one more projection."""

from typing import Literal

from components.models.merges.base import Contract, Field, Keras, Merge, Tensor, Tensors, width


class LowRankBilinear(Merge):
    """P(s(U h1) * s(V h2)). (d_m,) each -> (units,). Kim 2017, section 3.

    With three sources and more all projections are multiplied.
    """

    title = "Low-rank bilinear (MLB)"
    family = "bilinear"
    plain = "Projects each source to one width, then multiplies position by position."
    contract = Contract(equal="nothing", ranks=(1,))
    formula = r"P\left(\sigma(U h_1) \odot \sigma(V h_2)\right)"
    weights = r"p \sum_m (d_m + 1) + k(p + 1)"
    source = "Kim, On, Lim, Kim, Ha and Zhang 2017"
    good_for = (
        "products of features; wide sources, because its weights grow with the sum of the widths"
    )
    weak_at = "redundant signals"
    cost = "grows with p times the sum of widths plus k"
    traits = frozenset({"products"})
    rank = 330

    hidden: int = width(
        128, 4096, "Rank p: width of the projections that are multiplied.", title="Rank"
    )
    units: int = width(64, 1024, "Output width.")
    activation: Literal["tanh", "sigmoid", "relu", "linear"] = Field(
        "tanh", description="Activation of the projections, before they are multiplied."
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        projected = self.dense_each(k, xs, self.hidden, "hidden", self.activation)
        products = k.Multiply(name="products")(projected)
        return k.Dense(self.units, name="output")(products)
