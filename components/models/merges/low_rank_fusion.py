"""Tensor fusion followed by a dense layer, at a cost linear in the widths."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, number, width


class LowRankFusion(Merge):
    """sum_r w_r * prod_m(F_m^r [1; h_m]) + b. (d_m,) each -> (units,). Liu 2018, section 3.2.

    The column of F_m that meets the one is the bias of the dense layer on source m; the weights of
    the factors are those of the authors' code.
    """

    title = "Low-rank fusion"
    family = "bilinear"
    plain = (
        "Weighs the products of all sources with few weights, because it projects each source "
        "first."
    )
    contract = Contract(equal="nothing", ranks=(1,))
    formula = r"\sum_r w_r \bigodot_m \left(F_m^{(r)} [1; h_m]\right) + b"
    weights = r"r k \sum_m (d_m + 1) + r + k"
    source = "Liu, Shen, Lakshminarasimhan, Liang, Zadeh and Morency 2018"
    good_for = (
        "products of features; many sources, because its weights grow with the sum of the widths"
    )
    weak_at = "products of high rank, because they need more factors"
    cost = "grows with r times k times the sum of widths"
    traits = frozenset({"products"})
    rank = 320

    units: int = width(64, 1024, "Output width.")
    factors: int = number(
        4,
        1,
        64,
        "Rank r: number of products of projections summed for each unit.",
        title="Rank",
        unit="factors",
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        projected = self.dense_each(k, xs, self.units * self.factors, "factors")
        products = k.Multiply(name="products")(projected)
        by_unit = k.Reshape((self.units, self.factors), name="by_unit")(products)
        return k.EinsumDense("bkr,r->bk", self.units, bias_axes="k", name="weighted_sum")(by_unit)
