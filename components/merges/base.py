"""What every merge shares: its name, its sources and its contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.errors import ShapeError
from components.core.fields import hints
from components.core.registry import Concept
from components.core.text import join_names, quoted, shape_text
from components.encoders import ENCODERS
from components.encoders.base import Encoder
from components.encoders.passthrough import Passthrough
from components.inputs.base import Name, Shape

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor

    AnyEncoder = Encoder
else:
    AnyEncoder = ENCODERS.union()

KINDS: dict[int, Literal["vector", "sequence", "map"]] = {1: "vector", 2: "sequence", 3: "map"}
"""What a tensor of a rank is called, the batch not counted."""

Trait = Literal[
    "no weights", "gates", "attention", "products", "additive", "comparison", "conditions", "late"
]
"""What a strategy is looked for by, beside the shapes it takes."""


@dataclass(frozen=True)
class Role:
    """What one source of an asymmetric merge is there for, and the ranks it may have."""

    title: str
    ranks: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Contract:
    """What shapes a merge takes. Shapes are of one sample, without the batch.

    `ranks` are those a source may have: 1 for vectors, 2 for sequences, 3 for maps; all sources
    have the same one unless `mixed`. `equal` says what must agree: the whole shape, all axes but
    the last, the width alone, the number of steps, or nothing. With `roles` there is one source
    for each, in that order, and the ranks are theirs.
    """

    equal: Literal["shape", "all but the last axis", "width", "steps", "nothing"] = "shape"
    ranks: tuple[int, ...] = (1, 2, 3)
    mixed: bool = False
    at_least: int = 2
    at_most: int | None = None
    roles: tuple[Role, ...] = ()

    def __str__(self) -> str:
        if self.roles:
            said = [f"one that {role.title} ({_kinds(role.ranks, 'a ')})" for role in self.roles]
            return f"exactly {_COUNTS[len(said)]} sources: {' and '.join(said)}"
        count = f"{_COUNTS[self.at_least]} or more"
        if self.at_most is not None:
            count = f"exactly {_COUNTS[self.at_most]}"
        agree = {
            "shape": "of the same shape",
            "all but the last axis": "that agree in all axes but the last",
            "width": "of the same width",
            "steps": "with the same number of steps",
            "nothing": "of any width",
        }[self.equal]
        what = "sources" if self.ranks == (1, 2, 3) else _kinds(self.ranks, "", "s")
        return f"{count} {what} {agree}"

    def ranks_of(self, place: int) -> tuple[int, ...]:
        """The ranks that the source at that place may have."""
        return self.roles[place].ranks if place < len(self.roles) else self.ranks

    def count(self, title: str, name: str, sources: Sequence[str]) -> None:
        """Raises `ShapeError` where there are too few or too many sources."""
        count = len(sources)
        most = len(self.roles) or self.at_most
        came = f"{count} source{'' if count == 1 else 's'} in {name}"
        if count < (len(self.roles) or self.at_least):
            raise ShapeError(
                f"{title} joins several tensors, one from each source; it never works on the "
                f"features of a single one, and takes {self}.",
                came,
                "Add a source, or remove the merge. To average the readings of one vector, give "
                "each reading an input of its own, or take the mean over the features: the encoder "
                "`mean`."
                if count
                else "Choose its sources.",
                ("sources",),
                sources,
            )
        if most is not None and count > most:
            raise ShapeError(
                f"{title} takes {self}.",
                came,
                "Take sources out, or join them in stages: one merge of two, then another.",
                ("sources",),
                sources[most:],
            )

    def check(self, title: str, names: Sequence[str], shapes: Sequence[Shape]) -> None:
        """Raises `ShapeError` where the shapes do not fit, naming sources, rule and fix."""
        rule = f"{title} takes {self}."
        pairs = list(zip(names, shapes, strict=True))
        came = ", ".join(f"{name} {shape_text(shape)}" for name, shape in pairs)

        def refuse(odd: Sequence[str], fix: str) -> ShapeError:
            return ShapeError(rule, came, fix, ("sources",), odd)

        wrong = [p for p, s in enumerate(shapes) if len(s) not in self.ranks_of(p)]
        if wrong:
            raise refuse(
                [names[p] for p in wrong],
                _fix_rank([names[p] for p in wrong], self.ranks_of(wrong[0])),
            )
        low = min(len(shape) for shape in shapes)
        odd = [name for name, shape in pairs if len(shape) > low]
        if odd and not self.mixed and not self.roles:
            raise refuse(odd, _fix_rank(odd, (low,)))
        odd = [name for name, shape in pairs if shape[-1] is None]
        if odd:
            raise refuse(odd, f"Give {quoted(odd)} a length, or an encoder that makes features.")
        compared = [_compared(self.equal, shape) for shape in shapes]
        known = [c for c in compared if c is not None]
        if len(set(known)) > 1:
            usual = max(known, key=lambda c: (known.count(c), c[-1] or 0))
            odd = [n for n, c in zip(names, compared, strict=True) if c not in (None, usual)]
            raise refuse(odd, _fix_width(self.equal, names, shapes))


def _compared(equal: str, shape: Shape) -> Shape | None:
    """What of a shape must agree with that of the other sources; `None` for nothing."""
    if equal == "steps":
        return shape[:1] if len(shape) == 2 else None
    return {
        "shape": shape,
        "all but the last axis": shape[:-1],
        "width": shape[-1:],
        "nothing": None,
    }[equal]


class Merge(Concept):
    """Joins two or more sources, branches or earlier merges, into one tensor."""

    contract: ClassVar[Contract]
    formula: ClassVar[str]
    """LaTeX, with h_m for source m."""
    weights: ClassVar[str] = "0"
    """LaTeX of the number of parameters, biases included, with d_m for the width of source m."""
    source: ClassVar[str]
    """Paper or Keras layer."""
    wins: ClassVar[str]
    loses: ClassVar[str]
    cost: ClassVar[str]
    """What it costs, in words, as sources grow wider, longer or more."""
    traits: ClassVar[frozenset[Trait]]
    uses_masks: ClassVar[bool] = False
    """Whether its layers ask for the masks of its sources; else padded steps come in as zeros."""
    rank: ClassVar[int] = 50

    name: Name
    sources: tuple[Name, ...] = Field(description="Branches or earlier merges to join, in order.")
    fit: Literal["refuse", "smallest", "largest", "width"] = Field(
        "refuse",
        description="What happens to sources that do not fit: nothing, and it is said; or layers "
        "are put in, seen in the picture, that bring them to the smallest or largest width there "
        "is where widths must agree, or all of them to a given width.",
        json_schema_extra=hints(title="Fit sources"),
    )
    fit_width: int = Field(
        64,
        ge=1,
        le=65536,
        description="The width every source is brought to.",
        json_schema_extra=hints(step=8, unit="units", when="fit=width", title="Width"),
    )
    source_dropout: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Share of the samples, for each source on its own, in which training silences "
        "the whole source: modality dropout, Neverova 2015.",
        json_schema_extra=hints(step=0.05, title="Modality dropout"),
    )
    then: AnyEncoder = Field(
        Passthrough(),
        description="Layers that what was joined goes through: for early and mid fusion.",
    )

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        """Write the layers once, from the sources' tensors to the merged one."""
        raise NotImplementedError


_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four"}


def _kinds(ranks: Sequence[int], before: str, after: str = "") -> str:
    return join_names([f"{before}{KINDS[rank]}{after}" for rank in ranks], last="or")


def _fix_rank(odd: Sequence[str], ranks: Sequence[int]) -> str:
    if 1 in ranks:
        return (
            f"Make a vector of {quoted(odd)}: give each an encoder of depth 1 or more with a "
            "readout, let the merge fit its sources, or take it out of them."
        )
    readout = {2: "sequence", 3: "map"}[min(ranks)]
    return (
        f"Make {_kinds(ranks, 'a ')} of {quoted(odd)}: readout `{readout}` of the encoder, or "
        "take it out of the sources."
    )


def _fix_width(equal: str, names: Sequence[str], shapes: Sequence[Shape]) -> str:
    if equal != "width" and any(s[:-1] != shapes[0][:-1] for s in shapes if len(s) > 1):
        return "Give the inputs the same length or size, or encode each to a vector first."
    widest = max(range(len(shapes)), key=lambda i: shapes[i][-1] or 0)
    width = shapes[widest][-1]
    odd = [n for n, s in zip(names, shapes, strict=True) if s[-1] != width]
    return (
        f"End {quoted(odd)} in width {width} like `{names[widest]}` (units or projection of the "
        "encoder), let the merge fit its sources, or choose concatenate, which takes any widths."
    )
