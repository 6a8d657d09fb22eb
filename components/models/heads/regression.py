"""Head for real numbers."""

from typing import Literal

from components.models.heads.base import Field, Head, Keras, Tensor, number


class Regression(Head):
    """Real values, bounded only by the activation. (d,) -> (outputs,). Labels are real values."""

    title = "Regression"
    target = "values"
    rank = 30

    outputs: int = number(1, 1, 4096, "Number of predicted values.")
    activation: Literal["linear", "relu", "softplus", "sigmoid", "tanh"] = Field(
        "linear", description="Output activation. `linear` leaves the values unbounded."
    )
    loss: Literal["mean_squared_error", "mean_absolute_error", "huber", "log_cosh"] = Field(
        "mean_squared_error", description="Loss function."
    )
    metrics: tuple[Literal["mean_absolute_error", "root_mean_squared_error", "r2_score"], ...] = (
        Field(("mean_absolute_error",), description="Metrics reported each epoch.")
    )

    @property
    def width(self) -> int:
        return self.outputs

    def layers(self, k: Keras, x: Tensor) -> Tensor:
        return self.output(k, x, self.activation)
