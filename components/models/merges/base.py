"""Base of all merges, with name, sources and contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field as Field

from components.base.errors import ShapeError as ShapeError
from components.base.text import join_names, plural, spelled
from components.base.text import quoted as quoted
from components.base.text import size_text as size_text
from components.models.encoders.base import Activation as Activation
from components.models.encoders.passthrough import Passthrough
from components.models.inputs.base import AnyEncoder, Name, Shape
from components.models.language.blocks import average as average
from components.models.language.fields import hints
from components.models.language.fields import number as number
from components.models.language.fields import width as width
from components.models.language.recorder import Keras as Keras
from components.models.language.recorder import Tensor as Tensor
from components.models.language.registry import Concept

KINDS: dict[int, Literal["vector", "sequence", "map"]] = {1: "vector", 2: "sequence", 3: "map"}
"""Name of a tensor by its rank, without the batch axis."""

Trait = Literal[
    "no weights", "gates", "attention", "products", "additive", "comparison", "conditions", "late"
]
"""Filters for strategies, besides the shapes of their sources.

An `additive` strategy is a sum of functions that read one source each.
"""


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
"""Way of combining the numbers of the sources; each strategy has one family."""


@dataclass(frozen=True)
class Role:
    """Purpose of one source of an asymmetric merge, and its possible ranks."""

    title: str
    ranks: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Contract:
    """Requirements of a merge for shapes of one sample, without the batch.

    `ranks` are the allowed ones of a source: 1 for vectors, 2 for sequences, 3 for maps; all
    sources have the same rank unless `mixed`. `equal` names the part that must agree: the whole
    shape, all axes but the last, the width alone, the number of steps, or nothing. With `roles`,
    there is one source for each, in that order and with its ranks; otherwise there are two or more,
    at most `at_most`.
    """

    equal: Literal["shape", "all but the last axis", "width", "steps", "nothing"] = "shape"
    ranks: tuple[int, ...] = (1, 2, 3)
    mixed: bool = False
    at_most: int | None = None
    roles: tuple[Role, ...] = ()

    def __str__(self) -> str:
        if self.roles:
            roles = [f"one that {role.title} ({_kinds(role.ranks, 'a ')})" for role in self.roles]
            return f"exactly {spelled(len(roles))} sources: {' and '.join(roles)}"
        count = "two or more" if self.at_most is None else f"exactly {spelled(self.at_most)}"
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
        """Return the allowed ranks of the source at a position."""
        return self.roles[index].ranks if index < len(self.roles) else self.ranks

    def count(self, title: str, name: str, sources: Sequence[str]) -> None:
        """Raise `ShapeError` for too few or too many sources."""
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
        """Raise `ShapeError` if the shapes don't match."""
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
    """Return the part of a shape that must be equal for all sources; `None` if there is none."""
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
    """Effect on the numbers, in one sentence without formulas."""
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str]
    """LaTeX formula, with h_m for source m."""
    weights: ClassVar[str] = "0"
    """LaTeX for the number of parameters, including biases, with d_m for the width of source m."""
    source: ClassVar[str]
    """Paper or Keras layer."""
    good_for: ClassVar[str]
    weak_at: ClassVar[str]
    cost: ClassVar[str]
    """Growth of the cost with width, length and number of sources, in words."""
    traits: ClassVar[frozenset[Trait]]
    gate_layers: ClassVar[tuple[str, ...]] = ()
    """Name prefixes of the layers whose outputs are gates or weights of the sources."""
    leaves_out: ClassVar[bool] = False
    """`True` if its layers leave out sources that a sample lacks; else it joins the fillings."""
    uses_masks: ClassVar[bool] = False
    """`True` if its layers use the masks of its sources; else padded steps are zeros."""

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
        """Meaning of gates 0 and 1; empty if gates are shares of the sources, or if there are none.

        Names of sources are in backticks.
        """
        return ""

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        """Build the layers that merge the tensors of the sources into one."""
        raise NotImplementedError

    def dense_each(
        self, k: Keras, xs: Tensors, units: int, name: str, activation: str | None = None
    ) -> list[Tensor]:
        """Apply a dense layer to each source, named after it. (d_m,) each -> (units,) each."""
        options = {"activation": activation} if activation else {}
        pairs = zip(self.sources, xs, strict=True)
        return [k.Dense(units, name=f"{name}_{s}", **options)(x) for s, x in pairs]


class OneLayer(Merge):
    """Merge with a single Keras layer of the same name."""

    def layers(self, k: Keras, xs: Tensors) -> Tensor:
        merged: Tensor = getattr(k, type(self).__name__)()(xs)
        return merged


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
