"""No layers: the input goes to the merge unchanged."""

from components.models.encoders import base
from components.models.encoders.base import Keras, Tensor, number


class Passthrough(base.Encoder):
    """The input itself, for early fusion and for wide features. Ids are cast to floats."""

    title = "Pass through"
    takes = base.FORMS
    source = "the wide part of Cheng 2016"
    good_for = "early fusion, and features that are already good"
    weak_at = "raw pictures, texts and series before a plain merge"
    rank = 90

    depth: int = number(0, 0, 0, "Always 0: it has no layers.")

    def layers(self, k: Keras, x: Tensor, incoming: base.EncoderInput) -> Tensor:
        return x
