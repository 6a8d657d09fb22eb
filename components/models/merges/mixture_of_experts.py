"""Mixture of one expert for each source, weighed for each sample by a gate."""

from components.models.merges._presence import gate_of_sources, gated_sum
from components.models.merges.base import (
    Activation,
    Contract,
    Field,
    Keras,
    Merge,
    Tensor,
    Tensors,
    width,
)


class MixtureOfExperts(Merge):
    """Sum of softmax(W [h1; ...; hM] + b)_m g_m(h_m). (d_m,) each -> (units,).

    Each expert is a dense layer that reads its own source. The gate reads all sources; it is one
    number for each sample and source, and 0 for a source that a sample lacks. Source: Jacobs 1991.
    """

    title = "Mixture of experts"
    family = "gate"
    plain = "Asks one expert per source, and a gate decides how much each of them counts."
    contract = Contract(equal="nothing", ranks=(1,))
    formula = r"\sum_m \mathrm{softmax}(W [h_1; \dots; h_M] + b)_m \, g_m(h_m)"
    weights = r"k \sum_m (d_m + 1) + M \left(\sum_m d_m + 1\right)"
    source = "Jacobs, Jordan, Nowlan and Hinton 1991"
    good_for = "unique signals; models to be inspected, because its gate can be read"
    weak_at = "products of features, because it only weighs the sources"
    cost = "grows with k + M times the sum of widths"
    traits = frozenset({"gates", "late"})
    gate_layers = ("gate",)
    leaves_out = True
    rank = 150

    units: int = width(64, 65536, "Width of each expert.")
    activation: Activation = Field("relu", description="Activation of the experts.")

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        gate = gate_of_sources(k, xs)
        experts = self.dense_each(k, xs, self.units, "expert", self.activation)
        return gated_sum(k, gate, experts)
