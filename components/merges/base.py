"""What every merge shares: its name, its sources and its contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.errors import ShapeError, listing
from components.inputs.base import Name, Shape
from components.registry import Concept

if TYPE_CHECKING:
    from components.recorder import Keras, Tensor


@dataclass(frozen=True)
class Contract:
    """What shapes a merge takes. Shapes are of one sample, without the batch.

    `equal` says what must agree: the whole shape, all axes but the last, or nothing.
    """

    equal: Literal["shape", "all but the last axis", "nothing"] = "shape"
    rank: int | None = None
    at_least: int = 2
    at_most: int | None = None

    def __str__(self) -> str:
        count = {2: "exactly two"}.get(self.at_most or 0, f"{self.at_least} or more")
        what = {1: "vectors", 2: "sequences", 3: "maps"}.get(self.rank or 0, "sources")
        agree = {
            "shape": "of the same shape",
            "all but the last axis": "that agree in all axes but the last",
            "nothing": "of any width",
        }[self.equal]
        return f"{count} {what} {agree}"

    def check(self, title: str, names: Sequence[str], shapes: Sequence[Shape]) -> None:
        """Raises `ShapeError` where the shapes do not fit, naming sources, rule and mend."""
        rule = f"{title} takes {self}."
        came = ", ".join(f"{n} {written(s)}" for n, s in zip(names, shapes, strict=True))
        if self.rank is not None and any(len(shape) != self.rank for shape in shapes):
            odd = [n for n, s in zip(names, shapes, strict=True) if len(s) != self.rank]
            raise ShapeError(rule, came, _mend_rank(odd, self.rank), ("sources",))
        if len({len(shape) for shape in shapes}) > 1:
            low = min(len(shape) for shape in shapes)
            odd = [n for n, s in zip(names, shapes, strict=True) if len(s) > low]
            raise ShapeError(rule, came, _mend_rank(odd, low), ("sources",))
        compared = {s[:-1] if self.equal == "all but the last axis" else s for s in shapes}
        if self.equal != "nothing" and len(compared) > 1:
            raise ShapeError(rule, came, _mend_width(names, shapes), ("sources",))


class Merge(Concept):
    """Joins two or more sources, branches or earlier merges, into one tensor."""

    contract: ClassVar[Contract]
    formula: ClassVar[str]
    """LaTeX, with h_m for source m."""
    source: ClassVar[str]
    """Paper or Keras layer."""
    wins: ClassVar[str]
    loses: ClassVar[str]
    rank: ClassVar[int] = 50

    name: Name
    sources: tuple[Name, ...] = Field(description="Branches or earlier merges to join, in order.")

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        """Write the layers once, from the sources' tensors to the merged one."""
        raise NotImplementedError


def written(shape: Shape) -> str:
    """A shape as one reads it: (62, 62, 32), with `any` for an open length."""
    axes = ", ".join("any" if axis is None else str(axis) for axis in shape)
    return f"({axes},)" if len(shape) == 1 else f"({axes})"


def _mend_rank(odd: Sequence[str], rank: int) -> str:
    kind = {1: "a vector", 2: "a sequence", 3: "a map"}.get(rank, f"rank {rank}")
    return (
        f"Make {kind} of {listing(odd)}: give each an encoder of depth 1 or more with a readout, "
        "or take it out of the sources."
    )


def _mend_width(names: Sequence[str], shapes: Sequence[Shape]) -> str:
    if any(s[:-1] != shapes[0][:-1] for s in shapes):
        return "Give the inputs the same length or size, or encode each to a vector first."
    widest = max(range(len(shapes)), key=lambda i: shapes[i][-1] or 0)
    width = shapes[widest][-1]
    odd = [n for n, s in zip(names, shapes, strict=True) if s[-1] != width]
    return (
        f"End {listing(odd)} in width {width} like `{names[widest]}` (units or projection of the "
        "encoder), or choose concatenate, which takes any widths."
    )
