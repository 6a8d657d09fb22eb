"""All products of features of all sources, of every order."""

from collections.abc import Sequence
from math import prod

from components.models.merges.base import Contract, Keras, Merge, ShapeError, Tensor, Tensors

MOST = 2**22
"""Maximum count of numbers for each sample; larger products are refused.

They take 17 MB before any layer reads them.
"""


class TensorFusion(Merge):
    """The outer product of [1; h_m] over all m. (d_m,) each -> (prod(d_m + 1),).

    The ones keep the products of lower order, down to the features themselves. Raises `ShapeError`
    if the product is larger than `MOST`. Source: Zadeh 2017, section 4.2.
    """

    title = "Tensor fusion"
    family = "bilinear"
    plain = "Multiplies each number with each of all other sources, and keeps all products."
    contract = Contract(equal="nothing", ranks=(1,))
    formula = r"\bigotimes_m [1; h_m]"
    source = "Zadeh, Chen, Poria, Cambria and Morency 2017"
    good_for = "products of features, with those of one source alone beside them"
    weak_at = "wide features or many sources, because its size grows with the product of all widths"
    cost = "memory and the weights of the next layer grow with the product of all widths"
    traits = frozenset({"no weights", "products"})
    rank = 310

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        self._bounded([x.shape[-1] for x in xs])
        joined, *rest = (_with_one(k, x) for x in xs)
        for s, x in zip(self.sources[1:], rest, strict=True):
            joined = k.Flatten(name=f"products_{s}")(k.ops.einsum("bi,bj->bij", joined, x))
        return joined

    def _bounded(self, widths: Sequence[int]) -> None:
        numbers = prod(width + 1 for width in widths)
        if numbers > MOST:
            raise ShapeError(
                f"{self.title} may make at most {MOST:,} numbers: the product of all "
                f"widths plus one.",
                f"{' × '.join(str(width + 1) for width in widths)} = {numbers:,} numbers in "
                f"{self.name}",
                "Choose narrower encoders, let the merge project its sources to a small width "
                "(“Fit sources”), or choose Low-rank fusion, which grows with the sum of widths.",
                ("sources",),
                self.sources,
            )


def _with_one(k: Keras, x: Tensor) -> Tensor:
    return k.ops.pad(x, pad_width=((0, 0), (1, 0)), constant_values=1.0)
