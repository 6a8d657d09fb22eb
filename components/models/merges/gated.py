"""Gates that read all sources, one for each source."""

from typing import Literal

from components.models.language.blocks import LOWEST
from components.models.merges._presence import presences, row_of
from components.models.merges.base import Contract, Field, Keras, Merge, Tensor, Tensors, width


class Gated(Merge):
    """z * tanh(W1 h1) + (1 - z) * tanh(W2 h2), z = sigmoid(W [h1; h2]). (d_m,) each -> (units,).

    With three or more sources, each has its own gate for each feature: a sigmoid, as published, or
    a softmax over the sources. The gate of a source that a sample lacks is 0; of two sources, the
    other one then has 1. Source: Arevalo 2017, equations 1 to 6 and figure 2.
    """

    title = "Gated multimodal unit"
    family = "gate"
    plain = "Mixes the sources with gates from 0 to 1 that read all sources."
    contract = Contract(equal="nothing", ranks=(1,))
    formula = (
        r"z \odot \tanh(W_1 h_1) + (1 - z) \odot \tanh(W_2 h_2), \quad z = \sigma(W [h_1; h_2]);"
        r" \quad \textstyle\sum_m z_m \odot \tanh(W_m h_m) \text{ for } M > 2"
    )
    weights = r"2k(d_1 + d_2) + 3k; \quad k(M + 1) \textstyle\sum_m d_m + 2kM \text{ for } M > 2"
    source = "Arevalo, Solorio, Montes-y-Gómez and González 2017"
    good_for = "xor; models to be inspected, because its gates can be read"
    weak_at = "inner products and conditions"
    cost = "grows with k times the sum of widths, and with M² for the gates"
    traits = frozenset({"gates"})
    gate_layers = ("gate",)
    leaves_out = True
    rank = 200

    units: int = width(64, 1024, "Width each source is projected to.")
    gates: Literal["sigmoid", "softmax"] = Field(
        "sigmoid",
        description="Gates of three sources and more: `sigmoid` gives each source a gate of its "
        "own, as published; `softmax` shares 1 out among the sources. Two have one gate.",
    )

    @property
    def gate_text(self) -> str:
        if len(self.sources) == 2:
            one, other = self.sources
            return f"A gate of 1 lets `{one}` through, a gate of 0 lets `{other}` through."
        return "A gate of 1 lets its source through, a gate of 0 keeps it out."

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        there = presences(k, xs)
        seen = k.Concatenate(name="seen")(xs)
        hidden = self.dense_each(k, xs, self.units, "hidden", "tanh")
        if len(xs) == 2:
            gate = k.Dense(self.units, activation="sigmoid", name="gate")(seen)
            if there:
                # 1 without the second source, 0 without the first, z with both.
                only = k.ops.subtract(1.0, k.ops.multiply(there[1], k.ops.subtract(1.0, gate)))
                gate = k.Multiply(name="present_gate")([there[0], only])
            one, other = (k.Multiply(name=f"gated_{s}") for s in self.sources)
            first = one([gate, hidden[0]])
            return k.Add(name="sum")([first, other([k.ops.subtract(1.0, gate), hidden[1]])])
        scores = k.Dense(self.units * len(xs), name="scores")(seen)
        scores = k.Reshape((len(xs), self.units), name="by_source")(scores)
        if there:
            with k.annotate(hidden="bypass"):
                scores = k.ops.where(k.ops.expand_dims(row_of(k, there), -1), scores, LOWEST)
        activation = k.Activation("sigmoid", name="gates")
        gates = (activation if self.gates == "sigmoid" else k.Softmax(axis=1, name="gates"))(scores)
        stacked = k.ops.stack(hidden, axis=1)
        weighted = k.Multiply(name="gated")([gates, stacked])
        return k.ops.sum(weighted, axis=1)
