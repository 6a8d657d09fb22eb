"""Dense layers on all pixels."""

from components.models.encoders import base, dense
from components.models.language import blocks


class FlattenDense(dense.Dense):
    """Flatten, then `depth` Dense layers. (H, W, C) -> (units,).

    Source: keras.layers.Flatten; the two-layer network in the comparison of LeCun 1998.
    """

    title = "Flatten and dense"
    takes = frozenset({"map"})
    source = "keras.layers.Flatten; LeCun, Bottou, Bengio and Haffner 1998"
    good_for = "tiny pictures whose parts are always in the same place"
    weak_at = "objects at changing positions; large pictures, with weights for each pixel"
    rank = 18

    def layers(self, k: base.Keras, x: base.Tensor, incoming: base.EncoderInput) -> base.Tensor:
        return super().layers(k, blocks.flatten(k, x, "kind"), incoming)
