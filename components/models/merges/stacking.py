"""Separate predictions of each source, weighed by a layer."""

from typing import Literal

from components.models.merges.base import Contract, Field, Keras, Merge, Tensor, Tensors, number


class Stacking(Merge):
    """W [g_1(h1); ...; g_M(hM)] + b, one expert layer a source. (d_m,) each -> (outputs,).

    All of it is trained at once; Wolpert trains the experts first. Source: Wolpert 1992.
    """

    title = "Stacking"
    family = "sum"
    plain = "Lets each source make its own prediction; a last layer weighs the predictions."
    contract = Contract(equal="nothing", ranks=(1,))
    formula = r"W [g_1(h_1);\, \dots;\, g_M(h_M)] + b"
    weights = r"K \sum_m (d_m + 1) + K (M K + 1)"
    source = "Wolpert 1992, with experts and combiner trained together"
    good_for = (
        "unique signals; models to be inspected, because the prediction of each source can be read"
    )
    weak_at = (
        "products of features, because each expert reads one source; additive signals, because "
        "a sigmoid limits what each expert adds"
    )
    cost = "grows with K times the sum of widths, and with K² times M"
    traits = frozenset({"additive", "late"})
    rank = 140

    outputs: int = number(
        8,
        1,
        4096,
        "Predictions of each expert. One is enough for a binary head; a multiclass head needs one "
        "for each class.",
        unit="outputs",
    )
    activation: Literal["sigmoid", "softmax", "linear"] = Field(
        "sigmoid",
        description="Activation of the experts. `softmax` makes shares that add up to 1, for two "
        "outputs or more; `linear` leaves logits.",
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        experts = self.dense_each(k, xs, self.outputs, "expert", self.activation)
        predictions = k.Concatenate(name="predictions")(experts)
        return k.Dense(self.outputs, name="stacked")(predictions)
