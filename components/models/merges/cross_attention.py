"""Cross-attention: each source queries all others."""

from collections.abc import Sequence

from components.models.merges._tokens import Heads, Units, attend, project
from components.models.merges.base import Contract, Keras, Merge, Tensor, Tensors, average


class CrossAttention(Merge):
    """mean over t of P_m h_m + MHA(P_m h_m, P_n h_n), for each m and n. -> (M (M - 1) units,).

    Sources are (T_m, d_m), or (d_m,) as one step. The answers of all others to source m are
    concatenated at each of its steps, before the mean. Source: Tsai 2019 (MulT), equations 1 and 5:
    one layer without its feed-forward part, its layer normalisation and its positions.
    """

    title = "Cross-attention"
    family = "attention"
    plain = "Each source asks all others, and reads the steps that match."
    contract = Contract(equal="nothing", ranks=(1, 2), mixed=True)
    formula = (
        r"\bigl[\, \mathrm{mean}_t \bigl( P_m h_m + \mathrm{MHA}(P_m h_m,\, P_n h_n) \bigr) "
        r"\bigr]_{m \neq n}"
    )
    weights = (
        r"k \textstyle\sum_m (d_m + 1) + M(M-1)(4ak + 3a + k), "
        r"\quad a = n \max(2, \lfloor k/n \rfloor) \text{ for } n \text{ heads}"
    )
    source = "Tsai et al. 2019 (MulT), without its layer normalisation"
    good_for = "lookup by content in another source, at any speed and length"
    weak_at = (
        "single vectors, because they leave nothing to select; many sources, because each "
        "ordered pair has an attention"
    )
    cost = "one attention for each ordered pair, which grows with the steps of both"
    traits = frozenset({"attention", "products"})
    uses_masks = True
    rank = 420

    units: Units = 64
    heads: Heads = 4

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        streams = [(s, project(k, s, x, self.units)) for s, x in zip(self.sources, xs, strict=True)]
        return k.Concatenate(name="joined")(
            [self._mean_answer(k, m, streams) for m in range(len(xs))]
        )

    def _mean_answer(self, k: Keras, index: int, streams: Sequence[tuple[str, Tensor]]) -> Tensor:
        """Return the mean answer of all others to the source at `index`. -> ((M - 1) units,)."""
        asker, x = streams[index]
        answers = [
            k.ops.add(x, attend(k, x, value, self.heads, self.units, f"{asker}_asks_{read}"))
            for other, (read, value) in enumerate(streams)
            if other != index
        ]
        every = answers[0] if len(answers) == 1 else k.ops.concatenate(answers, axis=-1)
        return average(k, k.copy_mask(every, x), f"average_{asker}")
