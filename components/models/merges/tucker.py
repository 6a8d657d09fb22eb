"""Projections joined by a core tensor of low rank."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, number, width


class Tucker(Merge):
    """P sum_r(M_r tanh(U h1) * N_r tanh(V h2)). (d1,) and (d2,) -> (units,).

    The core is t x t x t, a sum of `factors` products. Source: Ben-younes 2017, section 3.
    """

    title = "Tucker fusion (MUTAN)"
    family = "bilinear"
    plain = "Makes both sources small, multiplies them in all pairs, and expands the result."
    contract = Contract(equal="nothing", ranks=(1,), at_most=2)
    formula = r"P \sum_r \left(M_r \tanh(U h_1)\right) \odot \left(N_r \tanh(V h_2)\right)"
    weights = r"t(d_1 + d_2 + 2) + 2 r t (t + 1) + k(t + 1)"
    source = "Ben-younes, Cadene, Cord and Thome 2017"
    good_for = "products of features, with separate settings for width and rank"
    weak_at = "products of high rank, because they need more weights"
    cost = "grows with t times the sum of widths, and with r times t²"
    traits = frozenset({"products"})
    rank = 350

    hidden: int = width(
        64, 1024, "Width t of the projections and of each side of the core.", title="Core width"
    )
    factors: int = number(5, 1, 64, "Rank r of the core.", title="Core rank", unit="factors")
    units: int = width(64, 1024, "Output width.")

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        sides = []
        for s, x in zip(self.sources, xs, strict=True):
            hidden = k.Dense(self.hidden, activation="tanh", name=f"hidden_{s}")(x)
            sides.append(k.Dense(self.factors * self.hidden, name=f"core_{s}")(hidden))
        products = k.Multiply(name="products")(sides)
        by_factor = k.Reshape((self.factors, self.hidden), name="by_factor")(products)
        core = k.ops.sum(by_factor, axis=1)
        return k.Dense(self.units, name="output")(core)
