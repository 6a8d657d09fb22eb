"""Learned token that reads one token for each source."""

from components.models.merges._presence import presences, row_of
from components.models.merges._tokens import FeedForward, Heads, block, learned
from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, number


class ClsToken(Merge):
    """The first token of transformer blocks over [c; h1; ...; hM]. (d,) each -> (d,).

    c is learned, and the same for each sample. Nothing reads a source that a sample lacks. Source:
    Gorishniy 2021 (FT-Transformer), section 3.3, with a source in place of a feature and the blocks
    of Vaswani 2017.
    """

    title = "CLS token"
    family = "attention"
    plain = "Adds one learned token that reads all sources and becomes the result."
    contract = Contract(ranks=(1,), equal="shape")
    formula = (
        r"X_0 = [c;\, h_1;\, \dots;\, h_M], \quad Y = \mathrm{norm}(X + \mathrm{MHA}(X, X)), "
        r"\quad X' = \mathrm{norm}(Y + W_2\, \mathrm{relu}(W_1 Y)), \quad \text{the first of } X_L"
    )
    weights = (
        r"d + L(4ad + 3a + 2df + 6d + f), \quad a = n \max(2, \lfloor d/n \rfloor) "
        r"\text{ for } n \text{ heads}"
    )
    source = "Gorishniy, Rubachev, Khrulkov and Babenko 2021 (FT-Transformer)"
    good_for = "many sources, because its weights do not grow with their number"
    weak_at = (
        "inner products, similarity and lookup by content; sources that pass through, because "
        "no layer of their own tells them apart"
    )
    cost = "grows with d² a block and source, and with M² for the attention"
    traits = frozenset({"attention", "products"})
    leaves_out = True
    rank = 440

    heads: Heads = 4
    blocks: int = number(1, 1, 8, "Number of transformer blocks.")
    feed_forward: FeedForward = 128

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        first = learned(k, xs[0], xs[0].shape[-1], "cls")
        x = k.ops.stack([first, *xs], axis=1)
        if there := presences(k, xs):
            always = k.ops.ones_like(there[0])
            k.set_mask(x, lambda: row_of(k, [always, *there]))
        for i in range(1, self.blocks + 1):
            x = block(k, x, self.heads, self.feed_forward, str(i))
        return k.ops.take(x, 0, axis=1)
