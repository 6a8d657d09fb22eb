"""Gates for the channels of maps; each gate reads all maps."""

from typing import Literal

from components.models.merges.base import (
    Contract,
    Field,
    Keras,
    Merge,
    ShapeError,
    Tensor,
    Tensors,
    average,
    number,
    quoted,
    size_text,
)


class SqueezeExcite(Merge):
    """2 sigmoid(E_m z) * A_m, z = relu(W [mean A_1; ...; mean A_M]). (H_m, W_m, C_m) each.

    The excited maps are pooled to (sum of C_m,), or concatenated as (H, W, sum of C_m). The mean of
    an excited map is computed as its gates times its mean. Raises `ShapeError` if maps of different
    sizes are to be concatenated. Source: Joze 2020 (MMTM), equations 1 to 4, with relu after the
    joint layer as in its code. There it is between the blocks of networks that continue; here it
    merges the branches.
    """

    title = "Squeeze-excite fusion"
    family = "gate"
    plain = "Turns the channels of each map up or down by what all maps show on average."
    contract = Contract(equal="nothing", ranks=(3,))
    formula = (
        r"2\, \sigma(E_m z) \odot A_m, \quad "
        r"z = \mathrm{relu}(W [\mathrm{mean}\, A_1;\, \dots;\, \mathrm{mean}\, A_M])"
    )
    weights = r"q(C + 1) + C(q + 1), \quad C = \textstyle\sum_m C_m, \; q = \lfloor C / r \rfloor"
    source = "Joze, Shaban, Iuzzolino and Koishida 2020 (MMTM)"
    good_for = "convolutional branches of different sizes, because only their channel means meet"
    weak_at = "signals that depend on the position in a map, because `pool` keeps its means alone"
    cost = "two dense layers on the sum of channels, and a pass over each map"
    traits = frozenset({"gates", "products"})
    gate_layers = ("gate_",)
    rank = 470

    reduction: int = number(4, 1, 64, "Ratio of all channels to the width of the joint layer.")
    join: Literal["pool", "channels"] = Field(
        "pool",
        description="`pool` averages each excited map to a vector; `channels` puts maps of the "
        "same size side by side, for layers after the merge.",
    )

    @property
    def gate_text(self) -> str:
        return "A gate of 1 doubles a channel of its map, .5 leaves it as it is, 0 removes it."

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        if self.join == "channels":
            self._one_size(xs)
        means = [average(k, x, f"squeeze_{s}") for s, x in zip(self.sources, xs, strict=True)]
        seen = k.Concatenate(name="seen")(means)
        units = max(1, seen.shape[-1] // self.reduction)
        joint = k.Dense(units, activation="relu", name="joint")(seen)
        excited = [
            self._excited(k, s, joint, x if self.join == "channels" else mean)
            for s, x, mean in zip(self.sources, xs, means, strict=True)
        ]
        return k.Concatenate(name="joined")(excited)

    def _excited(self, k: Keras, source: str, joint: Tensor, x: Tensor) -> Tensor:
        """Multiply a map, or its mean, by the gates of its channels."""
        channels = x.shape[-1]
        gate = k.Dense(channels, activation="sigmoid", name=f"gate_{source}")(joint)
        if len(x.shape) == 4:
            gate = k.Reshape((1, 1, channels), name=f"gate_{source}_everywhere")(gate)
        return k.Multiply(name=f"excited_{source}")([x, k.ops.multiply(gate, 2.0)])

    def _one_size(self, xs: Tensors) -> None:
        sizes = {s: tuple(x.shape[1:]) for s, x in zip(self.sources, xs, strict=True)}
        usual = sizes[self.sources[0]][:2]
        odd = [s for s, size in sizes.items() if size[:2] != usual]
        if odd:
            raise ShapeError(
                "Maps are laid side by side only where their heights and widths agree.",
                ", ".join(f"{s} {size_text(size)}" for s, size in sizes.items()),
                f"Join them by `pool`, or give {quoted(odd)} the height and width of "
                f"`{self.sources[0]}`.",
                ("join",),
                odd,
            )
