"""A few learned latents that read all steps of all sources."""

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


class Perceiver(Merge):
    """Latents z = block(z, [P_1 h_1; ...; P_M h_M]), then blocks among them, then their mean.

    (T_m, d_m) or (d_m,) each -> (units,). The bias of each projection marks the source that a step
    is from. Source: Jaegle 2021 (Perceiver), section 3.1, with the blocks of Vaswani 2017.
    """

    title = "Perceiver latents"
    family = "attention"
    plain = "A few learned vectors read all steps of all sources, and become the result."
    contract = Contract(equal="nothing", ranks=(1, 2), mixed=True)
    formula = (
        r"Z_1 = \mathrm{block}(Z_0,\, [P_1 h_1;\, \dots;\, P_M h_M]), \quad "
        r"Z_{l+1} = \mathrm{block}(Z_l,\, Z_l), \quad \tfrac{1}{N} \textstyle\sum_n Z_{L+1,n}"
    )
    weights = (
        r"k \textstyle\sum_m (d_m + 1) + Nk + (L + 1)(4ak + 3a + 2kf + 6k + f), "
        r"\quad a = n \max(2, \lfloor k/n \rfloor) \text{ for } n \text{ heads}"
    )
    source = "Jaegle et al. 2021 (Perceiver)"
    good_for = "long inputs and many inputs, because its cost grows with the sum of their steps"
    weak_at = (
        "similarity and lookup by content; the order of steps, because it sees "
        "none that an encoder has not marked"
    )
    cost = "grows with N times the sum of steps, and with N² for each block"
    traits = frozenset({"attention", "products"})
    uses_masks = True
    rank = 450

    units: Units = 64
    latents: int = number(
        8, 1, 512, "Number of learned latents that read the sources.", unit="latents"
    )
    heads: Heads = 4
    blocks: int = number(1, 1, 8, "Transformer blocks on the latents, after they read the sources.")
    feed_forward: FeedForward = 128

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        steps = [project(k, s, x, self.units) for s, x in zip(self.sources, xs, strict=True)]
        row = concat_steps(k, steps)
        x = learned_tokens(k, xs[0], self.latents, self.units, "latents")
        x = block(k, x, self.heads, self.feed_forward, "read", read=row)
        for i in range(1, self.blocks + 1):
            x = block(k, x, self.heads, self.feed_forward, str(i))
        return average(k, x)
