"""Weighted mean with learned weights, the same for all samples."""

from components.models.language.blocks import constant_one
from components.models.merges.base import Keras, Merge, Tensor, Tensors


class WeightedSum(Merge):
    """Sum of softmax(a)_m h_m, elementwise. Equal shapes -> the same shape.

    The M numbers a start at zero: the plain average. Source: Peters 2018, equation 1, without its
    scale.
    """

    title = "Weighted sum"
    family = "sum"
    plain = "Adds the sources, each times one learned weight."
    formula = r"\sum_m \mathrm{softmax}(a)_m \, h_m"
    weights = r"M"
    source = "Peters et al. 2018 (ELMo), which mixes layers in this way"
    good_for = (
        "redundant and additive signals; models to be inspected, because its weights can be read"
    )
    weak_at = (
        "products of features; shares that should change from sample to sample, because its "
        "weights are the same for all"
    )
    cost = "one multiply-add per number and source"
    traits = frozenset({"additive"})
    gate_layers = ("shares",)
    rank = 110

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        stacked = k.ops.stack(list(xs), axis=-1)
        shares = k.Dense(
            len(xs), activation="softmax", use_bias=False, kernel_initializer="zeros", name="shares"
        )(constant_one(k, stacked))
        weighted = k.Multiply(name="weighted")([shares, stacked])
        return k.ops.sum(weighted, axis=-1)
