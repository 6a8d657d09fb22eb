"""Bilinear products: every feature of one source times every feature of the other."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, width


class Bilinear(Merge):
    """h1^T W h2 + U h1 + V h2 + b. (d1,) and (d2,) -> (units,). Jayakumar 2020, equation 1.

    W is a dense layer on the d1 * d2 products: no tensor of a sample is larger than that.
    """

    title = "Bilinear"
    family = "bilinear"
    plain = (
        "Multiplies each number of one source with each of the other, and learns a weight for "
        "every pair."
    )
    contract = Contract(equal="nothing", ranks=(1,), at_most=2)
    formula = r"h_1^{\top} \mathsf{W} h_2 + U h_1 + V h_2 + b"
    weights = r"k(d_1 d_2 + d_1 + d_2 + 1)"
    source = "Jayakumar and others 2020, multiplicative interactions"
    good_for = "products of features, with a weight for every pair"
    weak_at = "wide sources, because its weights grow with the product of the widths"
    cost = "weights and operations grow with k times the product of the widths"
    traits = frozenset({"products"})
    rank = 300

    units: int = width(64, 1024, "Output width.")

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        products = k.Flatten(name="products")(k.ops.einsum("bi,bj->bij", *xs))
        terms = [k.Dense(self.units, name="bilinear")(products)]
        for s, x in zip(self.sources, xs, strict=True):
            terms.append(k.Dense(self.units, use_bias=False, name=f"linear_{s}")(x))
        return k.Add(name="sum")(terms)
