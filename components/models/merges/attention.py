"""Attention of one source to another."""

from components.models.merges._tokens import Heads, as_steps, attend
from components.models.merges.base import Contract, Keras, Merge, Role, Tensor, Tensors, width


class Attention(Merge):
    """softmax(Q K' / sqrt(e)) V, Q of h1, K and V of h2. (T1, d1) and (T2, d2) -> (T1, units).

    If the first source is a vector, the result is one, too: (units,). With several heads of width e
    = units / heads, their results are concatenated and projected. Source: Vaswani 2017, equation 1
    and section 3.2.2.
    """

    title = "Attention"
    family = "attention"
    plain = "One source asks, and the other answers with the steps that match the question."
    contract = Contract(equal="nothing", roles=(Role("asks", (1, 2)), Role("is read", (2,))))
    formula = (
        r"\mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{e}}\right) V, \quad "
        r"Q = h_1 W_Q, \; K = h_2 W_K, \; V = h_2 W_V"
    )
    weights = (
        r"a(d_1 + 1) + 2a(d_2 + 1) + k(a + 1), "
        r"\quad a = n \max(2, \lfloor k/n \rfloor) \text{ for } n \text{ heads}"
    )
    source = "Vaswani et al. 2017; keras.layers.MultiHeadAttention"
    good_for = "lookup by content, where one source asks and the other has the steps"
    weak_at = (
        "a unique signal of the source that asks, because it only selects; single vectors, "
        "because they leave nothing to select"
    )
    cost = "grows with the product of both numbers of steps"
    traits = frozenset({"attention", "products", "conditions"})
    uses_masks = True
    rank = 430

    units: int = width(64, 1024, "Width of queries, keys, values and the result.")
    heads: Heads = 4

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        asks, read = xs
        query = as_steps(k, self.sources[0], asks)
        answer = attend(k, query, read, self.heads, self.units, "attention")
        if len(asks.shape) == 3:
            return answer
        return k.Reshape((self.units,), name="answer")(answer)
