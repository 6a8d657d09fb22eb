"""Mean of all sources, projected to one width."""

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


class ProjectAggregate(Merge):
    """The mean of W_m h_m + b_m. (d_m,) each -> (units,).

    Source: the project_aggregate combiner of Ludwig, without the layers after it.
    """

    title = "Project and average"
    family = "sum"
    plain = "Brings all sources to one width with a layer each, then takes their mean."
    contract = Contract(equal="nothing", ranks=(1,))
    formula = r"\frac{1}{M} \sum_m (W_m h_m + b_m)"
    weights = r"p \sum_m (d_m + 1)"
    source = "Ludwig's project_aggregate combiner"
    good_for = "many sources of any widths, because the output stays narrow"
    weak_at = "products of features, because without an activation it is a single linear layer"
    cost = "grows with p times the sum of widths"
    traits = frozenset({"additive"})
    rank = 120

    units: int = width(64, 65536, "Width each source is projected to.")
    activation: Activation = Field(
        "linear", description="Activation of each projection, before the mean. Ludwig uses linear."
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        projected = self.dense_each(k, xs, self.units, "projection", self.activation)
        return k.Average(name="mean")(projected)
