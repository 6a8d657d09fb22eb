"""Gate in which one source gates the features of another."""

from components.models.merges.base import Contract, Keras, Merge, Role, Tensor, Tensors, width


class CrossGate(Merge):
    """sigmoid(W1 h1) * W2 h2. (d1,) and (d2,) -> (units,). Source: Kiela 2018, its gated model."""

    title = "Cross gate"
    family = "gate"
    plain = "One source opens or closes the features of the other."
    contract = Contract(equal="nothing", roles=(Role("gates"), Role("is filtered")))
    formula = r"\sigma(W_1 h_1) \odot W_2 h_2"
    weights = r"k (d_1 + d_2 + 2)"
    source = "Kiela, Grave, Joulin and Mikolov 2018"
    good_for = (
        "products of features and conditions, where one source decides which features of the "
        "other pass"
    )
    weak_at = "sources of equal standing, because which one gates is arbitrary"
    cost = "grows with k times the sum of widths"
    traits = frozenset({"gates", "products", "conditions"})
    gate_layers = ("gate_",)
    rank = 210

    units: int = width(64, 65536, "Width of the gate and of the gated features.")

    @property
    def gate_text(self) -> str:
        one, other = self.sources
        return f"A gate of 1 lets `{other}` through, a gate of 0 keeps it out: `{one}` decides."

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        gating, filtered = xs
        gate = k.Dense(self.units, activation="sigmoid", name=f"gate_{self.sources[0]}")(gating)
        hidden = k.Dense(self.units, name=f"hidden_{self.sources[1]}")(filtered)
        return k.Multiply(name="filtered")([gate, hidden])
