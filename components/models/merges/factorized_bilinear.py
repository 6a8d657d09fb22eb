"""Products of projections, summed in small groups and scaled to length one."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, number, width

EPSILON = 1e-3
"""Number added to each absolute value, so that roots and lengths have a bounded slope at zero."""


class FactorizedBilinear(Merge):
    """z = sum_f(U h1 * V h2), its signed root, and that by its length. (d1,), (d2,) -> (units,).

    The length of the signed roots is the root of the sum of absolute values, so both steps are one
    division: z / sqrt((abs(z) + e) * sum(abs(z) + e)). With e = 0.001, which the paper does not
    have, it is a little shorter than one. Source: Yu 2017, section 3.
    """

    title = "Factorized bilinear (MFB)"
    family = "bilinear"
    plain = "Projects both sources, multiplies them, and adds the products in small groups."
    contract = Contract(equal="nothing", ranks=(1,), at_most=2)
    formula = (
        r"\frac{s}{\lVert s \rVert_2}, \quad s = \mathrm{sign}(z) \sqrt{\lvert z \rvert},"
        r" \quad z = \mathrm{SumPool}_f(U h_1 \odot V h_2), \quad \lvert z \rvert + 10^{-3}"
        r" \text{ for } \lvert z \rvert \allowbreak \text{ in roots and lengths}"
    )
    weights = r"k f(d_1 + d_2 + 2)"
    source = "Yu, Yu, Fan and Tao 2017"
    good_for = "products of features; questions about images, according to its authors"
    weak_at = "signals in the size of features, because the output has length one"
    cost = "grows with k times f times the sum of widths"
    traits = frozenset({"products"})
    rank = 340

    units: int = width(64, 1024, "Output width.")
    factors: int = number(5, 1, 64, "Products f that are summed for each unit.", unit="factors")

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        projected = self.dense_each(k, xs, self.units * self.factors, "factors")
        products = k.Multiply(name="products")(projected)
        by_unit = k.Reshape((self.units, self.factors), name="by_unit")(products)
        pooled = k.ops.sum(by_unit, axis=-1)
        return _signed_root_of_length_one(k, pooled)


def _signed_root_of_length_one(k: Keras, z: Tensor) -> Tensor:
    size = k.ops.add(k.ops.abs(z), EPSILON)
    total = k.ops.sum(size, axis=-1, keepdims=True)
    return k.ops.divide(z, k.ops.sqrt(k.ops.multiply(size, total)))
