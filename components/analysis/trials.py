"""Strategies tried on the branches of an architecture: output shapes and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from components.analysis.sketches import KEPT, default_input, end_node, partial_graph, with_heads
from components.analysis.stand_ins import error_in_whole, merge_on_ends, merge_sources, with_sources
from components.core.errors import SpecError
from components.core.fields import settings
from components.core.graph import Graph, Node
from components.core.needs_keras import needs_keras
from components.encoders import ENCODERS
from components.encoders.base import Encoder
from components.encoders.passthrough import Passthrough
from components.inputs.base import Shape
from components.merges import MERGES
from components.merges.base import KINDS, Merge
from components.model import costs
from components.model.builder import Sketch, sketch
from components.model.checks import TRUNK, free_name
from components.model.costs import Cost
from components.model.spec import Architecture

POOLING = "pooling"
"""The encoder that turns the output of a merge into a vector for a head."""


@dataclass(frozen=True)
class TrialResult:
    """A strategy in place of an architecture's last merge. Shapes and costs are of one sample."""

    architecture: Architecture
    """The architecture with the strategy."""
    graph: Graph
    """The layers of the merge, and the last layer of each source."""
    sources: tuple[Shape, ...]
    """Input shapes of the strategy, after fitting."""
    shape: Shape
    own: Cost
    """Costs of the strategy's own layers."""
    adapters: tuple[Node, ...]
    fitting: Cost
    """Costs of the layers that fit the sources."""
    estimated: bool
    """Whether FLOPs assume a number of steps for an open length."""
    pooled: bool = False
    """Whether pooling after the merge makes a vector, so that it can be read."""


@dataclass(frozen=True)
class MergeTrial:
    """The result of trying a strategy on the branches of an architecture.

    `why` is the error without fitting layers; `result` is `None` if fitting layers don't help.
    """

    result: TrialResult | None
    why: SpecError | None

    @property
    def fits(self) -> bool:
        """Whether it accepts the branches without fitting layers."""
        return self.result is not None and self.why is None


def with_merge(architecture: Architecture, kind: str, fit: str) -> Architecture:
    """The architecture with another strategy as last merge; without a merge, one of all branches.

    Fields that both strategies have keep valid values, except the policy `fit`.
    """
    concept = MERGES[kind]
    if architecture.merges:
        *before, last = architecture.merges
        merges = (*before, _merge_with_fields_of(concept, last, fit))
        return architecture.model_copy(update={"merges": merges})
    name = free_name(architecture, "fusion")
    sources = [input_.name for input_ in architecture.inputs]
    values = {**starts(concept), "name": name, "sources": sources, "fit": fit}
    merge = concept.model_validate(values)
    source = TRUNK if architecture.trunk.depth else name
    heads = tuple(head.model_copy(update={"source": source}) for head in architecture.heads)
    return architecture.model_copy(update={"heads": heads, "merges": (merge,)})


@lru_cache(maxsize=KEPT)
@needs_keras
def try_merge(architecture: Architecture, kind: str) -> MergeTrial:
    """The strategy in place of the last merge, with the branches fitted to the smallest if needed.

    If the architecture already has a policy that fits them, that policy is used.
    """
    why: SpecError | None = None
    own = architecture.merges[-1].fit if architecture.merges else "refuse"
    for fit in dict.fromkeys((own, "smallest")):
        try:
            result = _last_merge_result(with_merge(architecture, kind, fit))
        except SpecError as error:
            why = error
            if _has_wrong_count(architecture, kind):
                break
            continue
        if result.adapters and own != "refuse":
            why = _error_without_fitting(architecture, kind)
        return MergeTrial(result, why)
    return MergeTrial(None, why)


@lru_cache(maxsize=KEPT)
@needs_keras
def example_merge(kind: str) -> TrialResult:
    """The strategy on default inputs that its contract accepts, named h1, h2 …"""
    contract = MERGES[kind].contract
    count = len(contract.roles) or max(2, contract.at_least)
    forms = [KINDS[_typical_rank(contract.ranks_of(position))] for position in range(count)]
    spec = with_heads(
        [default_input(form, f"h{position}") for position, form in enumerate(forms, 1)]
    )
    return _joined_only(with_merge(spec, kind, "smallest"))[0]


@lru_cache(maxsize=KEPT)
@needs_keras
def end_shapes(architecture: Architecture) -> Mapping[str, Shape]:
    """The output shape of each branch and merge that can be built, by name."""
    graph = sketch(architecture).graph
    names = [*(i.name for i in architecture.inputs), *(m.name for m in architecture.merges)]
    last = {name: end_node(graph, name) for name in names}
    return {name: node.shape for name, node in last.items() if node.state == "built"}


def starts(concept: type[Merge]) -> dict[str, Any]:
    """The fields that a strategy begins with where it is chosen anew, if not at their defaults."""
    return {s.name: s.start for s in settings(concept) if s.start is not None}


def _merge_with_fields_of(concept: type[Merge], old: Merge, fit: str) -> Merge:
    shared = (concept.model_fields.keys() & type(old).model_fields.keys()) - {"kind"}
    values = {**starts(concept), **{name: getattr(old, name) for name in shared}, "fit": fit}
    try:
        return concept.model_validate(values)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors()}
        return concept.model_validate({k: v for k, v in values.items() if k not in wrong})


def _has_wrong_count(architecture: Architecture, kind: str) -> bool:
    """Whether there are too few or too many sources."""
    merges = architecture.merges
    names = merges[-1].sources if merges else [input_.name for input_ in architecture.inputs]
    try:
        MERGES[kind].contract.count("", "", names)
    except SpecError:
        return True
    return False


def _error_without_fitting(architecture: Architecture, kind: str) -> SpecError | None:
    try:
        _last_merge_result(with_merge(architecture, kind, "refuse"))
    except SpecError as error:
        return error
    return None


def _last_merge_result(spec: Architecture) -> TrialResult:
    """Output shape and costs of the last merge. Raises `SpecError` if it, or its reader, fails.

    It is tried on stand-ins for its sources, unless another merge reads it.
    """
    last = spec.merges[-1].name
    if any(last in merge.sources for merge in spec.merges):
        return _result_of(spec)
    sources = merge_sources(spec)
    alone = merge_on_ends(spec, sources)
    try:
        result = _result_of(alone)
    except SpecError as error:
        raise error_in_whole(error, alone, spec) from None
    then = result.architecture.merges[-1].then
    return replace(
        result,
        architecture=_with_layers_after(spec, then),
        graph=with_sources(result.graph, sources),
    )


def _result_of(spec: Architecture) -> TrialResult:
    result, drawn = _joined_only(spec)
    through = spec.merges[-1].then == Passthrough()
    unread = _reader_error(spec, drawn if through else sketch(spec))
    if unread is None:
        return result
    pooled = _with_pooling(spec, result.shape)
    if pooled is None or _reader_error(pooled, sketch(pooled)) is not None:
        raise unread
    return replace(result, architecture=pooled, pooled=True)


def _joined_only(spec: Architecture) -> tuple[TrialResult, Sketch]:
    """The last merge without layers after it. Raises `SpecError` if it can't be built."""
    name, where = spec.merges[-1].name, ("merges", len(spec.merges) - 1)
    drawn = sketch(_with_layers_after(spec, Passthrough()))
    if any(node.state != "built" for node in drawn.graph.members(name)):
        raise next((e for e in drawn.errors if e.where[:2] == where), drawn.errors[0])
    return _measure(spec, drawn.graph), drawn


def _with_layers_after(spec: Architecture, encoder: Encoder) -> Architecture:
    *before, last = spec.merges
    merges = (*before, last.model_copy(update={"then": encoder}))
    return spec.model_copy(update={"merges": merges})


def _reader_error(spec: Architecture, drawn: Sketch) -> SpecError | None:
    """The error of what reads the last merge, if there is one."""
    name, last = spec.merges[-1].name, len(spec.merges) - 1
    readers = [
        position for position, m in enumerate(spec.merges) if position == last or name in m.sources
    ]
    positions = [("merges", position) for position in readers]
    for error in drawn.errors:
        if error.where[:2] in positions or {name, TRUNK} & set(error.culprits):
            return error
    return None


def _with_pooling(spec: Architecture, shape: Shape) -> Architecture | None:
    if POOLING not in ENCODERS or KINDS[len(shape)] not in ENCODERS[POOLING].takes:
        return None
    return _with_layers_after(spec, ENCODERS[POOLING]())


def _measure(spec: Architecture, graph: Graph) -> TrialResult:
    merge = spec.merges[-1]
    spent = costs.of(graph)
    members = graph.members(merge.name)
    adapters = tuple(node for node in members if node.reason and not node.hidden)
    own = [node for node in members if node not in adapters]
    return TrialResult(
        spec,
        partial_graph(graph, [merge.name]),
        tuple(_last_adapter(end_node(graph, source), adapters).shape for source in merge.sources),
        end_node(graph, merge.name).shape,
        sum((spent.nodes[node.id] for node in own), Cost()),
        adapters,
        sum((spent.nodes[node.id] for node in adapters), Cost()),
        spent.estimated,
    )


def _last_adapter(end: Node, adapters: Sequence[Node]) -> Node:
    for node in adapters:
        if node.sources[:1] == (end.id,):
            end = node
    return end


def _typical_rank(ranks: Sequence[int]) -> int:
    """The rank for an example of a merge: the highest it accepts; vectors if it accepts all."""
    return 1 if len(ranks) == len(KINDS) else max(ranks)
