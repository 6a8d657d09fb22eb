"""Hypernetwork: one source generates the weights of a dense layer on the other."""

from components.models.merges.base import (
    Contract,
    Keras,
    Merge,
    Role,
    Tensor,
    Tensors,
    number,
    width,
)


class Hypernetwork(Merge):
    """W(h2) h1 + b(h2). (d1,) and (d2,) -> (units,). Ha 2017, equation 2, made for each sample.

    Each sample has weights of its own: d1 * units numbers beside its features.
    """

    title = "Hypernetwork"
    family = "conditioning"
    plain = "One source writes the weights of a layer that reads the other."
    contract = Contract(
        equal="nothing",
        roles=(Role("goes through the generated layer"), Role("generates its weights")),
    )
    formula = r"W(h_2)\, h_1 + b(h_2)"
    weights = r"k(d_1 + 1)(d_2 + 1), \text{ with a bottleneck } k(d_1 + 1)(c + 1) + c(d_2 + 1)"
    source = "Ha, Dai and Le 2017"
    good_for = (
        "products of features and conditions, with a layer of its own for each value of one source"
    )
    weak_at = "wide sources, because it has as many weights as bilinear"
    cost = "weights grow with k times both widths; memory holds k times d_1 of them for each sample"
    traits = frozenset({"conditions", "products"})
    rank = 360

    units: int = width(64, 1024, "Width of the generated layer.")
    bottleneck: int = number(
        0,
        0,
        1024,
        "Width of a dense layer before the generated weights. A small width saves most of the "
        "strategy's weights. 0 leaves it out.",
        step=4,
        unit="units",
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        through, maker = xs
        width = through.shape[-1]
        if self.bottleneck:
            maker = k.Dense(self.bottleneck, name="bottleneck")(maker)
        flat = k.Dense(width * self.units, name="make_weights")(maker)
        kernel = k.Reshape((width, self.units), name="weights")(flat)
        bias = k.Dense(self.units, name="make_bias")(maker)
        product = k.ops.einsum("bi,bij->bj", through, kernel)
        return k.Add(name="made_layer")([product, bias])
