"""Late sum: each source has its own logits, and the logits are added."""

from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, number


class LateSum(Merge):
    """Sum of g_m(h_m), one linear layer a source. (d_m,) each -> (outputs,).

    Each source alone makes logits; a head that reads the sum stays additive in the sources.
    Source: additive ensembles; keras.layers.Dense and Add.
    """

    title = "Late sum of logits"
    family = "sum"
    plain = "Lets each source vote with its own logits, and adds the votes."
    contract = Contract(equal="nothing", ranks=(1,))
    formula = r"\sum_m g_m(h_m), \quad g_m(h_m) = W_m h_m + b_m"
    weights = r"K \sum_m (d_m + 1)"
    source = "additive ensemble; keras.layers.Dense and Add"
    good_for = (
        "additive signals; models to be inspected, because the part of each source can be read"
    )
    weak_at = "xor and products of features, because sources meet only in the sum"
    cost = "grows with K times the sum of widths"
    traits = frozenset({"additive", "late"})
    rank = 130

    outputs: int = number(
        8,
        1,
        65536,
        "Logits of each source. One is enough for a binary head; a multiclass head needs one for "
        "each class.",
        unit="logits",
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        logits = self.dense_each(k, xs, self.outputs, "logits")
        return k.Add(name="sum")(logits)
