"""Feature-wise modulation: one source scales and shifts the features of another."""

from components.models.merges.base import Contract, Keras, Merge, Role, Tensor, Tensors


class FiLM(Merge):
    """(1 + gamma(h2)) * h1 + beta(h2). (..., d1) and (d2,) -> (..., d1). Perez 2018, equation 2."""

    title = "FiLM"
    family = "conditioning"
    plain = "One source scales and shifts the features of the other."
    contract = Contract(
        equal="nothing", roles=(Role("is modulated", (1, 2, 3)), Role("conditions"))
    )
    formula = r"(1 + \gamma(h_2)) \odot h_1 + \beta(h_2)"
    weights = r"2 d_1 (d_2 + 1)"
    source = "Perez, Strub, de Vries, Dumoulin and Courville 2018"
    good_for = "products of features and conditions, where one source decides how the other is read"
    weak_at = "sources of equal standing, because which one conditions is arbitrary"
    cost = "two dense layers, and one multiply-add a number of the first source"
    traits = frozenset({"conditions", "products"})
    uses_masks = True
    rank = 220

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        target, condition = xs
        width = target.shape[-1]
        scale = k.Dense(width, name="gamma")(condition)
        shift = k.Dense(width, name="beta")(condition)
        if len(target.shape) > 2:
            ones = (1,) * (len(target.shape) - 2)
            scale = k.Reshape((*ones, width), name="gamma_everywhere")(scale)
            shift = k.Reshape((*ones, width), name="beta_everywhere")(shift)
        scaled = k.Multiply(name="scaled")([target, k.ops.add(scale, 1.0)])
        # Keras may read a narrow second term as a bias of any axis of its length; never the first.
        return k.copy_mask(k.Add(name="shifted")([shift, scaled]), target)
