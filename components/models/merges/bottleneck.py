"""Attention bottleneck: streams exchange information only through a few shared tokens."""

from components.models.merges._tokens import (
    FeedForward,
    Heads,
    Units,
    block,
    concat_steps,
    learned_tokens,
    project,
)
from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, average, number


class Bottleneck(Merge):
    """[b_m; z_m] = block_m([b; z_m]) for each stream, b = mean of b_m. -> (M units,).

    z_m starts as P_m h_m, (T_m, units), of a sequence (T_m, d_m) or a vector as one step; b are
    learned tokens. The result concatenates the means of the streams over their steps. Source:
    Nagrani 2021 (MBT), equations 8 and 9, with the blocks of Vaswani 2017.
    """

    title = "Attention bottleneck"
    family = "attention"
    plain = "The sources exchange information through a few shared tokens only."
    contract = Contract(equal="nothing", ranks=(1, 2), mixed=True)
    formula = (
        r"[\hat b_m;\, z_m^{l+1}] = \mathrm{block}_m([b^l;\, z_m^l]), \quad "
        r"b^{l+1} = \tfrac{1}{M} \textstyle\sum_m \hat b_m, \quad "
        r"[\mathrm{mean}_t\, z_1^L;\, \dots;\, \mathrm{mean}_t\, z_M^L]"
    )
    weights = (
        r"k \textstyle\sum_m (d_m + 1) + bk + ML(4ak + 3a + 3k), "
        r"\quad a = n \max(2, \lfloor k/n \rfloor) \text{ for } n \text{ heads}; "
        r"\quad + ML(2kf + 3k + f) \text{ with a feed-forward part}"
    )
    source = "Nagrani et al. 2021 (MBT)"
    good_for = (
        "long streams, because its cost grows with the square of each stream's own steps, not "
        "of their sum"
    )
    weak_at = "inner products, similarity and conditions of single vectors"
    cost = "grows with the square of each stream's own steps, not of their sum"
    traits = frozenset({"attention", "products"})
    uses_masks = True
    rank = 460

    units: Units = 64
    tokens: int = number(4, 1, 64, "Learned tokens that all streams share.", unit="tokens")
    heads: Heads = 4
    blocks: int = number(
        2,
        2,
        8,
        "Blocks of each stream: in one the tokens gather, in the next the streams read what they "
        "gathered.",
    )
    feed_forward: FeedForward = 0

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        streams = [project(k, s, x, self.units) for s, x in zip(self.sources, xs, strict=True)]
        shared = learned_tokens(k, xs[0], self.tokens, self.units, "bottleneck")
        for i in range(1, self.blocks):
            shared, streams = self._exchanged(k, i, shared, streams)
        read = [concat_steps(k, [shared, z]) for z in streams]
        last = [
            self._block(k, f"{s}_{self.blocks}", z, row)
            for s, z, row in zip(self.sources, streams, read, strict=True)
        ]
        means = [average(k, z, f"average_{s}") for s, z in zip(self.sources, last, strict=True)]
        return k.Concatenate(name="joined")(means)

    def _exchanged(
        self, k: Keras, i: int, shared: Tensor, streams: Tensors
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the shared tokens and the streams after block `i`, in unchanged shapes."""
        named = list(zip(self.sources, streams, strict=True))
        rows = [self._block(k, f"{s}_{i}", concat_steps(k, [shared, z])) for s, z in named]
        own = [
            k.copy_mask(k.Cropping1D((self.tokens, 0), name=f"stream_{s}_{i}")(row), z)
            for (s, z), row in zip(named, rows, strict=True)
        ]
        tokens = [k.ops.take(row, list(range(self.tokens)), axis=1) for row in rows]
        return k.Average(name=f"bottleneck_{i}")(tokens), own

    def _block(self, k: Keras, name: str, x: Tensor, read: Tensor | None = None) -> Tensor:
        return block(k, x, self.heads, self.feed_forward, name, read)
