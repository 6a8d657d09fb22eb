"""Head for one of several classes."""

from typing import Literal

from components.models.heads.base import Field, Head, Keras, Tensor, number


class Multiclass(Head):
    """A softmax over the classes. (d,) -> (classes,). Labels are class numbers from 0."""

    title = "Multiclass"
    target = "classes"
    rank = 20

    classes: int = number(3, 1, 100000, "Number of classes.")
    loss: Literal["sparse_categorical_crossentropy"] = Field(
        "sparse_categorical_crossentropy", description="Loss function."
    )
    metrics: tuple[Literal["accuracy", "sparse_top_k_categorical_accuracy"], ...] = Field(
        ("accuracy",), description="Metrics reported each epoch. Top k means the best five classes."
    )

    @property
    def width(self) -> int:
        return self.classes

    def layers(self, k: Keras, x: Tensor) -> Tensor:
        return self.output(k, x, "softmax")
