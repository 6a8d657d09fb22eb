"""What all merges share: name, sources and contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field as Field

from components.core.blocks import average as average
from components.core.errors import ShapeError as ShapeError
from components.core.fields import hints
from components.core.fields import number as number
from components.core.fields import width as width
from components.core.recorder import Keras as Keras
from components.core.recorder import Tensor as Tensor
from components.core.registry import Concept
from components.core.text import join_names, plural
from components.core.text import quoted as quoted
from components.core.text import size_text as size_text
from components.encoders.base import Activation as Activation
from components.encoders.passthrough import Passthrough
from components.inputs.base import AnyEncoder, Name, Shape

KINDS: dict[int, Literal["vector", "sequence", "map"]] = {1: "vector", 2: "sequence", 3: "map"}
"""Name of a tensor by its rank, without the batch axis."""

Trait = Literal[
    "no weights", "gates", "attention", "products", "additive", "comparison", "conditions", "late"
]
"""Filters for strategies, beside the shapes they take. What is `additive` gives sums of functions
of one source each."""


Family = Literal[
    "join",
    "sum",
    "extreme",
    "comparison",
    "product",
    "bilinear",
    "gate",
    "conditioning",
    "attention",
]
"""How numbers of the sources meet: each strategy belongs to one family."""


@dataclass(frozen=True)
class Role:
    """The purpose of one source of an asymmetric merge, and its possible ranks."""

    title: str
    ranks: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Contract:
    """What shapes a merge takes. Shapes are of one sample, without the batch.

    `ranks` are those a source may have: 1 for vectors, 2 for sequences, 3 for maps; all sources
    have the same one unless `mixed`. `equal` says what must agree: the whole shape, all axes but
    the last, the width alone, the number of steps, or nothing. With `roles` there is one source
    for each, in that order, and the ranks are theirs; else two or more, `at_most` that many.
    """

    equal: Literal["shape", "all but the last axis", "width", "steps", "nothing"] = "shape"
    ranks: tuple[int, ...] = (1, 2, 3)
    mixed: bool = False
    at_most: int | None = None
    roles: tuple[Role, ...] = ()

    def __str__(self) -> str:
        if self.roles:
            roles = [f"one that {role.title} ({_kinds(role.ranks, 'a ')})" for role in self.roles]
            return f"exactly {_COUNTS[len(roles)]} sources: {' and '.join(roles)}"
        count = "two or more" if self.at_most is None else f"exactly {_COUNTS[self.at_most]}"
        agree = {
            "shape": "of the same shape",
            "all but the last axis": "that agree in all axes but the last",
            "width": "of the same width",
            "steps": "with the same number of steps",
            "nothing": "of any width",
        }[self.equal]
        what = "sources" if self.ranks == (1, 2, 3) else _kinds(self.ranks, "", "s")
        return f"{count} {what} {agree}"

    def ranks_of(self, index: int) -> tuple[int, ...]:
        """The ranks that the source at that position may have."""
        return self.roles[index].ranks if index < len(self.roles) else self.ranks

    def count(self, title: str, name: str, sources: Sequence[str]) -> None:
        """Raises `ShapeError` for too few or too many sources."""
        count = len(sources)
        most = len(self.roles) or self.at_most
        came = f"{plural(count, 'source')} in {name}"
        if count < (len(self.roles) or 2):
            raise ShapeError(
                f"{title} needs {self}: it joins tensors of different sources, never the features "
                "of one.",
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
                "Remove sources, or join them in stages: one merge of two, then another.",
                ("sources",),
                sources[most:],
            )

    def check(self, title: str, names: Sequence[str], shapes: Sequence[Shape]) -> None:
        """Raises `ShapeError` if the shapes don't fit."""
        rule = f"{title} needs {self}."
        pairs = list(zip(names, shapes, strict=True))
        came = ", ".join(f"{name} {size_text(shape)}" for name, shape in pairs)

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
            raise refuse(
                odd, f"Set the length of {quoted(odd)}, or choose an encoder that makes features."
            )
        compared = [_compared(self.equal, shape) for shape in shapes]
        known = [c for c in compared if c is not None]
        if len(set(known)) > 1:
            usual = max(known, key=lambda c: (known.count(c), c[-1] or 0))
            odd = [n for n, c in zip(names, compared, strict=True) if c not in (None, usual)]
            raise refuse(odd, _fix_width(self.equal, names, shapes))


def _compared(equal: str, shape: Shape) -> Shape | None:
    """The part of a shape that must be equal for all sources; `None` if there is none."""
    if equal == "steps":
        return shape[:1] if len(shape) == 2 else None
    return {
        "shape": shape,
        "all but the last axis": shape[:-1],
        "width": shape[-1:],
        "nothing": None,
    }[equal]


Tensors = Sequence[Tensor]


class Merge(Concept):
    """Joins two or more sources, branches or earlier merges, into one tensor."""

    family: ClassVar[Family]
    plain: ClassVar[str]
    """What it does with the numbers, in one sentence without formulas."""
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str]
    """LaTeX, with h_m for source m."""
    weights: ClassVar[str] = "0"
    """LaTeX of the number of parameters, biases included, with d_m for the width of source m."""
    source: ClassVar[str]
    """Paper or Keras layer."""
    good_for: ClassVar[str]
    weak_at: ClassVar[str]
    cost: ClassVar[str]
    """How the cost grows with width, length and number of sources, in words."""
    traits: ClassVar[frozenset[Trait]]
    gate_layers: ClassVar[tuple[str, ...]] = ()
    """How the names of the layers begin whose outputs are gates or weights of the sources."""
    leaves_out: ClassVar[bool] = False
    """Whether its layers leave out the sources that a sample lacks; else it joins the fillings."""
    uses_masks: ClassVar[bool] = False
    """Whether its layers use the masks of its sources; else padded steps are zeros."""

    name: Name
    sources: tuple[Name, ...] = Field(
        description="Branches or earlier merges to join, in this order."
    )
    fit: Literal["refuse", "smallest", "largest", "width"] = Field(
        "refuse",
        description="If shapes differ: show an error (`refuse`), or insert visible projection "
        "layers to the smallest, the largest or a fixed width.",
        json_schema_extra=hints(title="Fit sources"),
    )
    fit_width: int = width(
        64, 65536, "Width of all sources after projection.", when="fit=width", title="Width"
    )
    source_dropout: float = number(
        0.0,
        0,
        0.9,
        "Probability of dropping a whole source during training (modality dropout, Neverova "
        "2015). 0 turns it off.",
        step=0.05,
        title="Modality dropout",
    )
    then: AnyEncoder = Field(
        Passthrough(), description="Layers applied after the merge: for early and mid fusion."
    )

    @property
    def gate_text(self) -> str:
        """What its gates of 0 and 1 do, for a merge with gates that are no shares of the sources.

        Names of sources stand in backticks.
        """
        return ""

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        """Write the layers, from the sources' tensors to the merged one."""
        raise NotImplementedError

    def dense_each(
        self, k: Keras, xs: Tensors, units: int, name: str, activation: str | None = None
    ) -> list[Tensor]:
        """A dense layer for each source, named after it. (d_m,) each -> (units,) each."""
        options = {"activation": activation} if activation else {}
        pairs = zip(self.sources, xs, strict=True)
        return [k.Dense(units, name=f"{name}_{s}", **options)(x) for s, x in pairs]


class OneLayer(Merge):
    """A merge that is one layer of Keras, of the same name."""

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        merged: Tensor = getattr(k, type(self).__name__)()(xs)
        return merged


_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four"}


def _kinds(ranks: Sequence[int], before: str, after: str = "") -> str:
    return join_names([f"{before}{KINDS[rank]}{after}" for rank in ranks], last="or")


def _fix_rank(odd: Sequence[str], ranks: Sequence[int]) -> str:
    if 1 in ranks:
        return (
            f"Make a vector of {quoted(odd)} by an encoder with a “Readout”, let the merge project "
            "its sources (“Fit sources”), or remove the source."
        )
    readout = KINDS[min(ranks)]
    return f"Choose `{readout}` as the “Readout” of {quoted(odd)}, or remove the source."


def _fix_width(equal: str, names: Sequence[str], shapes: Sequence[Shape]) -> str:
    if equal != "width" and any(s[:-1] != shapes[0][:-1] for s in shapes if len(s) > 1):
        return "Give the inputs the same length or size, or encode each to a vector first."
    widest = max(range(len(shapes)), key=lambda i: shapes[i][-1] or 0)
    width = shapes[widest][-1]
    odd = [n for n, s in zip(names, shapes, strict=True) if s[-1] != width]
    return (
        f"Give {quoted(odd)} {width:,} units like `{names[widest]}` (“Projection”), let the merge "
        "project its sources (“Fit sources”), or use Concatenate."
    )
