"""Self-attention over the steps of all sources on one axis."""

from typing import Literal

from components.models.merges._presence import masked_steps
from components.models.merges._tokens import (
    FeedForward,
    Heads,
    as_steps,
    block,
    concat_steps,
    padding_last,
)
from components.models.merges.base import (
    Contract,
    Field,
    Keras,
    Merge,
    Tensor,
    Tensors,
    average,
    number,
)


class SelfAttention(Merge):
    """Transformer blocks over [h1 + e1; ...; hM + eM]. (T_m, d) or (d,) each -> (d,) or (sum T, d).

    A vector is a sequence of one step. e_m is a learned embedding of the source a step is from,
    added as a position is in Vaswani 2017, section 3.5; the blocks are those of section 3.1.
    Nothing reads the steps of a source that a sample lacks.
    """

    title = "Token self-attention"
    family = "attention"
    plain = "Joins all steps of all sources to one sequence. Each step reads those that match it."
    contract = Contract(equal="width", ranks=(1, 2), mixed=True)
    formula = (
        r"X_0 = [h_1 + e_1;\, \dots;\, h_M + e_M], \quad "
        r"Y = \mathrm{norm}(X + \mathrm{MHA}(X, X)), \quad "
        r"X' = \mathrm{norm}(Y + W_2\, \mathrm{relu}(W_1 Y))"
    )
    weights = (
        r"Md + L(4ad + 3a + 2df + 6d + f), \quad a = n \max(2, \lfloor d/n \rfloor) "
        r"\text{ for } n \text{ heads}"
    )
    source = "Vaswani et al. 2017, as an early fusion of sources"
    good_for = "lookup by content, because each step can read any step of any source"
    weak_at = (
        "inner products; long sequences, because its cost grows with the square of all steps; "
        "the order of steps, because it sees none that an encoder has not marked"
    )
    cost = "grows with the square of the sum of steps, and with d² a block"
    traits = frozenset({"attention", "products"})
    uses_masks = True
    leaves_out = True
    rank = 410

    heads: Heads = 4
    blocks: int = number(1, 1, 8, "Number of transformer blocks.")
    feed_forward: FeedForward = 128
    readout: Literal["average", "sequence"] = Field(
        "average",
        description="`average` takes the mean over all steps; `sequence` keeps the steps of all "
        "sources, one after another with padding last, for layers after the merge.",
    )

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        steps = [as_steps(k, s, x) for s, x in zip(self.sources, xs, strict=True)]
        steps = masked_steps(k, steps, xs)
        row = concat_steps(k, steps)
        places = [k.ops.take(x, 0, axis=-1) for x in steps]
        ids = [k.ops.full_like(x, m, dtype="int32") for m, x in enumerate(places)]
        marks = k.Embedding(len(xs), row.shape[-1], name="source")(k.ops.concatenate(ids, axis=1))
        x = k.copy_mask(k.ops.add(row, marks), row)
        for i in range(1, self.blocks + 1):
            x = block(k, x, self.heads, self.feed_forward, str(i))
        return average(k, x) if self.readout == "average" else padding_last(k, x)
