"""Branches as experts that heads share: each head has a merge with its own gate."""

from components.models.merges._presence import gate_of_sources, gated_sum
from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors


class MultiGate(Merge):
    """Sum of softmax(W [h1; ...; hM] + b)_m h_m. (d,) each -> (d,).

    The sources are the experts. Add one such merge for each head, over the same sources: each
    weighs them by its own gate, which is 0 for a source that a sample lacks. Source: Ma 2018,
    equations 6 and 7, except that the gates read the concatenated sources.
    """

    title = "Multi-gate mixture (MMoE)"
    family = "gate"
    plain = "Weighs the sources themselves by a gate; each head has its own such merge."
    contract = Contract(equal="shape", ranks=(1,))
    formula = r"\sum_m \mathrm{softmax}(W [h_1; \dots; h_M] + b)_m \, h_m"
    weights = r"M \left(\sum_m d_m + 1\right)"
    source = "Ma, Zhao, Yi, Chen, Hong and Chi 2018 (MMoE)"
    good_for = "several heads that need different inputs, because they share branches, not gates"
    weak_at = "products of features, because it only weighs the sources"
    cost = "grows with M times the sum of widths"
    traits = frozenset({"gates"})
    gate_layers = ("gate",)
    leaves_out = True
    rank = 155

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        return gated_sum(k, gate_of_sources(k, xs), xs)
