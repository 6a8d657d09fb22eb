"""Gated residual: each source plus a gated update from the others; the gates start closed."""

from typing import Literal

from components.models.language.blocks import constant_one
from components.models.merges.base import Field, Keras, Merge, Tensor, Tensors


class GatedResidual(Merge):
    """h_i + tanh(g_i) * (W_i [h_j, j != i] + b_i) for each source i, joined. (..., d) each.

    The gates g_i, one number a feature, start at zero: each source starts unchanged. The M results
    are concatenated, (..., M d), as in Ludwig, or added or averaged, (..., d), by `join`. Source:
    the gated_fusion combiner of Ludwig, without the layers around it, after its code, which has
    tanh where its text says sigmoid.
    """

    title = "Gated residual"
    family = "gate"
    plain = "Keeps each source and adds a little of the others, as much as a gate lets through."
    formula = r"h_i + \tanh(g_i) \odot (W_i [h_j]_{j \neq i} + b_i), \; i = 1 \dots M"
    weights = r"M (M - 1) d^2 + 2 M d"
    source = "Ludwig's gated_fusion combiner, after Flamingo, Alayrac 2022"
    good_for = "branches that should work alone at first, because its gates start at 0"
    weak_at = "products of features; many sources, because its weights grow with M²"
    cost = "grows with the square of the width, and of the number of sources"
    traits = frozenset({"gates", "additive"})
    gate_layers = ("gate_",)
    rank = 230

    join: Literal["concatenate", "sum", "mean"] = Field(
        "concatenate", description="How the results of all sources become one."
    )

    @property
    def gate_text(self) -> str:
        return (
            "A gate of 0 keeps its source as it came; at 1 it gets all that the other sources add, "
            "at -1 that is taken off."
        )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        always = constant_one(k, xs[0])
        fused = [self._fused(k, i, xs, always) for i in range(len(xs))]
        joins = {"concatenate": k.Concatenate, "sum": k.Add, "mean": k.Average}
        return joins[self.join](name="joined")(fused)

    def _fused(self, k: Keras, i: int, xs: Tensors, always: Tensor) -> Tensor:
        name, width = self.sources[i], xs[i].shape[-1]
        others = [x for j, x in enumerate(xs) if j != i]
        seen = k.Concatenate(name=f"beside_{name}")(others) if len(others) > 1 else others[0]
        cross = k.Dense(width, name=f"cross_{name}")(seen)
        gate = k.Dense(
            width,
            activation="tanh",
            use_bias=False,
            kernel_initializer="zeros",
            name=f"gate_{name}",
        )(always)
        gated = k.Multiply(name=f"gated_{name}")([gate, cross])
        return k.Add(name=f"fused_{name}")([xs[i], gated])
