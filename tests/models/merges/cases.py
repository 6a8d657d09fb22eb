"""Cases for each merge: sources of every rank that it accepts, with each of its variants."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np

import tests.models.merges
from components.models.architecture.architecture import Architecture, parse
from components.models.language.fields import settings
from components.models.merges import MERGES
from components.models.merges.base import Contract, Merge

Data = dict[str, Any]
Array = np.ndarray[Any, Any]
Weights = Mapping[str, list[Array]]
"""Weights of each layer in Keras's order, by the layer's name without the merge's name."""
Shape = tuple[int, ...]


def _no_weights(merge: Any, shapes: Sequence[Shape]) -> int:
    return 0


def _nothing(fields: Data, shapes: tuple[Shape, ...]) -> bool:
    return False


@dataclass(frozen=True)
class MergeReference:
    """Expected result of a merge, in NumPy alone.

    `formula` maps the merge, the values of its sources and its weights to its output. `parameters`
    counts the weights for sources of those shapes. `refuses` returns `True` for sources that fit
    the contract but that the merge refuses.
    """

    formula: Callable[[Any, list[Array], Weights], Array]
    parameters: Callable[[Any, Sequence[Shape]], int] = _no_weights
    refuses: Callable[[Data, tuple[Shape, ...]], bool] = _nothing


SHARED = ("name", "sources", "fit", "fit_width", "source_dropout")
"""Fields that all merges share."""
STEPS, SIDES = 4, (3, 4)


@cache
def references() -> dict[str, MergeReference]:
    """Return all references by kind, from the `REFERENCES` of the modules `reference_…` in this
    package.
    """
    references: dict[str, MergeReference] = {}
    for info in pkgutil.iter_modules(tests.models.merges.__path__):
        if info.name.startswith("reference_"):
            module = import_module(f"tests.models.merges.{info.name}")
            assert not references.keys() & module.REFERENCES.keys()
            references.update(module.REFERENCES)
    return references


def parameters(merge: Any, shapes: Sequence[Any]) -> int:
    """Return the number of weights of a merge by its formula."""
    return references()[merge.kind].parameters(merge, shapes)


def variants(concept: type[Merge]) -> list[Data]:
    """Return every combination of a merge's own switches and choices, with small numbers."""
    own = [s for s in settings(concept, skip=SHARED) if s.type in ("bool", "choice")]
    values = [[False, True] if s.type == "bool" else list(s.options) for s in own]
    return [dict(zip([s.name for s in own], chosen, strict=True)) for chosen in product(*values)]


def small(concept: type[Merge]) -> Data:
    """Return small values for a merge's own numbers, so that references are fast; even, for
    heads.
    """
    numbers = [s for s in settings(concept, skip=SHARED) if s.type == "int"]
    return {s.name: int(max(s.minimum or 0, min(4, s.maximum or 4))) for s in numbers}


def shapes(contract: Contract) -> Iterator[tuple[Shape, ...]]:
    """Yield sources for a contract: each rank, two and more sources, different widths if
    allowed.
    """
    if contract.roles:
        yield from product(*(
            [_shape(rank, 4 + 2 * place, place) for rank in role.ranks]
            for place, role in enumerate(contract.roles)
        ))  # fmt: skip
        return
    most = contract.at_most or 4
    for rank, count in product(contract.ranks, sorted({2, most})):
        yield tuple(_one(contract, rank, place) for place in range(count))
    if contract.mixed and len(contract.ranks) > 1:
        yield tuple(_one(contract, contract.ranks[p % 2], p) for p in range(2))
    if contract.equal == "nothing" and max(contract.ranks) > 1:
        yield tuple(_shape(max(contract.ranks), 4 + 2 * p, 0) for p in range(2))


def _one(contract: Contract, rank: int, place: int) -> Shape:
    free_width = contract.equal in ("all but the last axis", "steps", "nothing")
    free_length = contract.equal in ("width", "nothing")
    return _shape(rank, 4 + 2 * (place if free_width else 0), place if free_length else 0)


def _shape(rank: int, width: int, longer: int) -> Shape:
    if rank == 1:
        return (width,)
    if rank == 2:
        return (STEPS + longer, width)
    return (SIDES[0] + longer, SIDES[1], width)


def source(name: str, shape: Shape, **more: Any) -> Data:
    """Return an input of that shape without encoder layers."""
    if len(shape) == 1:
        return {"name": name, "kind": "vector", "features": shape[0], **more}
    if len(shape) == 2:
        kind = {"kind": "timeseries", "length": shape[0], "features": shape[1]}
        return {"name": name, **kind, **more}
    kind = {"kind": "image", "height": shape[0], "width": shape[1], "channels": shape[2]}
    return {"name": name, **kind, **more}


def joined(merge: Data, given: tuple[Shape, ...], **more: Any) -> Architecture:
    """Return sources of those shapes, i0, i1 …, in a merge `fusion` that is pooled for a head."""
    inputs = [source(f"i{place}", shape, **more) for place, shape in enumerate(given)]
    fusion = {"name": "fusion", "sources": [i["name"] for i in inputs], **merge}
    head = {"name": "y", "kind": "binary", "source": "fusion"}
    return parse({"inputs": inputs, "merges": [fusion], "heads": [head]})


def cases() -> Iterator[tuple[Data, tuple[Shape, ...]]]:
    """Yield every merge on every set of sources, and each other variant on the last set it
    accepts.
    """
    for kind, concept in MERGES.items():
        for place, variant in enumerate(variants(concept)):
            merge = {"kind": kind, **small(concept), **variant}
            taken = [given for given in shapes(concept.contract) if not _refuses(merge, given)]
            yield from ((merge, given) for given in (taken[-1:] if place else taken))


def refused() -> Iterator[tuple[Data, tuple[Shape, ...]]]:
    """Yield merges with sources that fit the contract but that the merge refuses."""
    for kind, concept in MERGES.items():
        for variant, given in product(variants(concept), shapes(concept.contract)):
            merge = {"kind": kind, **small(concept), **variant}
            if _refuses(merge, given):
                yield merge, given


def _refuses(fields: Data, shapes: tuple[Shape, ...]) -> bool:
    reference = references().get(fields["kind"])
    return reference is not None and reference.refuses(fields, shapes)
