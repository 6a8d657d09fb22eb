"""Summary statistics of a series: mean, spread, extremes, ends and trend."""

from collections.abc import Iterator

from components.models.encoders import base
from components.models.encoders.base import Field, Keras, Tensor
from components.models.language import blocks

SMALLEST_VARIANCE = 1e-7
"""Lower bound that keeps the gradient of a standard deviation finite where all steps are equal."""


class Statistics(base.Encoder):
    """Statistics of each feature over the steps, then `depth - 1` Dense layers. (T, d) -> (k * d,).

    Padded steps are left out. Source: the summary features of Christ 2018 (tsfresh).
    """

    title = "Statistics"
    takes = frozenset({"sequence"})
    source = "Christ, Braun, Neuffer and Kempa-Liehr 2018"
    good_for = "level, spread and drift of a signal, with few samples and no weights"
    weak_at = "shapes and their order in time"
    rank = 42

    spread: bool = Field(True, description="Add the standard deviation.")
    extremes: bool = Field(True, description="Add the minimum and the maximum.")
    ends: bool = Field(False, description="Add the first and the last step.")
    trend: bool = Field(
        False,
        description="Add the covariance with time, where time is scaled to a standard "
        "deviation of 1.",
    )
    units: base.UnitsBehind = 64
    activation: base.ActivationBehind = "relu"
    normalization: base.NormalizationBehind = "none"
    dropout: base.Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        parts = list(self._parts(k, x))
        joined = k.Concatenate(name="statistics")(parts) if parts[1:] else parts[0]
        return blocks.dense_stack(k, joined, self, first=2)

    def _parts(self, k: Keras, x: Tensor) -> Iterator[Tensor]:
        mean = blocks.average(k, x, "mean")
        yield mean
        if self.spread:
            yield _deviation(k, _centred(k, x, mean), "variance")
        if self.extremes:
            yield blocks.minimum(k, x)
            yield blocks.maximum(k, x)
        if self.ends:
            yield blocks.step_at(k, x, "first")
            yield blocks.step_at(k, x, "last")
        if self.trend:
            yield _trend(k, x)


def _centred(k: Keras, x: Tensor, mean: Tensor) -> Tensor:
    """Subtract the mean over the steps from `x`. (T, d) and (d,) -> (T, d)."""
    return k.copy_mask(k.ops.subtract(x, k.ops.expand_dims(mean, 1)), x)


def _deviation(k: Keras, centred: Tensor, name: str) -> Tensor:
    variance = blocks.average(k, k.copy_mask(k.ops.square(centred), centred), name)
    return k.ops.sqrt(k.ops.maximum(variance, SMALLEST_VARIANCE))


def _trend(k: Keras, x: Tensor) -> Tensor:
    """Return cov(t, x) / sd(t), over the steps that hold data. (T, d) -> (d,)."""
    number = k.ops.expand_dims(k.ops.cast(blocks.step_numbers(k, x), "float32"), -1)
    time = k.copy_mask(number, x)
    time = _centred(k, time, blocks.average(k, time, "middle"))
    moved = k.copy_mask(k.Multiply(name="with_time")([x, time]), x)
    covariance = blocks.average(k, moved, "covariance")
    return k.ops.divide(covariance, _deviation(k, time, "duration"))
