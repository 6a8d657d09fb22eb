"""Head for yes or no."""

from typing import Literal

from components.models.heads.base import Field, Head, Keras, Tensor


class Binary(Head):
    """One sigmoid unit: the probability of 1. (d,) -> (1,). Labels are 0 or 1."""

    title = "Binary"
    target = "binary"
    rank = 10

    loss: Literal["binary_crossentropy", "binary_focal_crossentropy", "mean_squared_error"] = Field(
        "binary_crossentropy", description="Loss function."
    )
    metrics: tuple[Literal["accuracy", "auc", "precision", "recall"], ...] = Field(
        ("accuracy",), description="Metrics reported each epoch."
    )

    @property
    def width(self) -> int:
        return 1

    def layers(self, k: Keras, x: Tensor) -> Tensor:
        return self.output(k, x, "sigmoid")
