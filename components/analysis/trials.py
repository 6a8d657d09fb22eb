"""Strategies and encoders tried on an architecture: it is built with each of them in its place."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from components.analysis.reference import forms
from components.core.errors import SpecError, suggest
from components.core.graph import Graph, Node
from components.core.needs_keras import needs_keras
from components.encoders import ENCODERS
from components.encoders.base import Encoder, Form
from components.encoders.passthrough import Passthrough
from components.encoders.shared import Shared
from components.heads import HEADS
from components.inputs import INPUTS
from components.inputs.base import Input, Shape, default_encoder
from components.merges import MERGES
from components.merges.base import KINDS, Merge
from components.model.builder import Sketch, sketch
from components.model.costs import Cost, costs_of
from components.model.spec import TRUNK, Architecture, free_name, signature

KEPT = 1024
"""Number of cached trials, shared by all sessions."""
POOLING = "pooling"
"""The encoder that turns the output of a merge into a vector for a head."""
NO_FIELDS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class TrialResult:
    """A strategy in place of a merge of an architecture. Shapes and costs are of one sample."""

    architecture: Architecture
    """The architecture with the strategy."""
    graph: Graph
    """The layers of the merge, and the last layer of each source."""
    shape: Shape
    own: Cost
    """Costs of the strategy's own layers."""
    adapters: tuple[Node, ...]
    """The layers that fit the sources."""
    fitting: Cost
    """Costs of the layers that fit the sources."""
    estimated: bool
    """True if FLOPs assume a number of steps for an open length."""
    pooled: bool = False
    """True if pooling after the merge makes a vector, so that it can be read."""


@dataclass(frozen=True)
class MergeTrial:
    """The result of trying a strategy on the branches of an architecture.

    `why` is the error without fitting layers; `result` is `None` if fitting layers don't help.
    """

    result: TrialResult | None
    why: SpecError | None

    @property
    def fits(self) -> bool:
        """True if it accepts the branches without fitting layers."""
        return self.result is not None and self.why is None


@dataclass(frozen=True)
class EncoderTrial:
    """An encoder with default settings on an input, or why it can't read it. For one sample."""

    input: Input
    graph: Graph
    shape: Shape = ()
    cost: Cost = field(default_factory=Cost)
    estimated: bool = False
    error: SpecError | None = None


@lru_cache(maxsize=KEPT)
@needs_keras
def try_merge(architecture: Architecture, kind: str) -> MergeTrial:
    """The strategy in place of the last merge, with the branches fitted to the smallest if needed.

    If the architecture already has a policy that fits them, that policy is used.
    """
    return merge_trial(architecture, kind, replaced_name(architecture))


def merge_trial(
    architecture: Architecture, kind: str, name: str, fields: Mapping[str, Any] = NO_FIELDS
) -> MergeTrial:
    """The strategy with these fields in place of a merge; needs Keras, and keeps nothing.

    The first that can be built counts: with the policy that is there, with the branches fitted to
    the smallest; each time as it is, then with pooling after it. Fields that are given stay.
    """

    def attempt(fit: str) -> TrialResult | SpecError:
        return _attempt(with_merge(architecture, kind, name, {"fit": fit, **fields}), name, fields)

    why: SpecError | None = None
    own = next((merge.fit for merge in architecture.merges if merge.name == name), "refuse")
    for fit in dict.fromkeys((own, "smallest")):
        result = attempt(fit)
        if isinstance(result, TrialResult):
            if result.adapters and own != "refuse":
                unfitted = attempt("refuse")
                why = unfitted if isinstance(unfitted, SpecError) else None
            return MergeTrial(result, why)
        why = result
    return MergeTrial(None, why)


def replaced_name(architecture: Architecture, merge: str = "") -> str:
    """The name of the replaced merge, the last by default; without merges, that of a new one.

    Raises `SpecError` for a merge that is not there.
    """
    names = [item.name for item in architecture.merges]
    if merge and merge not in names:
        raise SpecError("The model has no merge of this name.", merge, suggest(merge, names))
    return merge or (names[-1] if names else free_name(architecture, "fusion"))


def with_merge(
    architecture: Architecture, kind: str, name: str, fields: Mapping[str, Any]
) -> Architecture:
    """The architecture with another strategy as that merge; without merges, one of all branches.

    Fields that both strategies have keep valid values, unless `fields` sets them.
    """
    concept = MERGES[kind]
    if architecture.merges:
        merges = tuple(
            _converted(concept, old, fields) if old.name == name else old
            for old in architecture.merges
        )
        return architecture.model_copy(update={"merges": merges})
    sources = [input_.name for input_ in architecture.inputs]
    merge = concept.model_validate({"name": name, "sources": sources, **fields})
    source = TRUNK if architecture.trunk.depth else name
    heads = tuple(head.model_copy(update={"source": source}) for head in architecture.heads)
    return architecture.model_copy(update={"heads": heads, "merges": (merge,)})


@lru_cache(maxsize=KEPT)
@needs_keras
def example_merge(kind: str) -> TrialResult:
    """The strategy on default inputs that its contract accepts, named h1, h2 …"""
    contract = MERGES[kind].contract
    count = len(contract.roles) or 2
    accepted = [KINDS[_typical_rank(contract.ranks_of(position))] for position in range(count)]
    inputs = [_default_input(form, f"h{position}") for position, form in enumerate(accepted, 1)]
    spec = with_merge(_with_heads(inputs), kind, "fusion", {"fit": "smallest"})
    return _measured(spec, "fusion", sketch(spec).graph)


@lru_cache(maxsize=KEPT)
@needs_keras
def end_shapes(architecture: Architecture) -> Mapping[str, Shape]:
    """The output shape of each branch and merge that can be built, by name."""
    graph = sketch(architecture).graph
    names = [*(i.name for i in architecture.inputs), *(m.name for m in architecture.merges)]
    last = {name: _end_node(graph, name) for name in names}
    return {name: node.shape for name, node in last.items() if node.state == "built"}


def readable_inputs(architecture: Architecture, kind: str) -> tuple[str, ...]:
    """The inputs, by name, that an encoder can read in this architecture."""
    concept = ENCODERS[kind]
    return tuple(
        input_.name
        for input_ in architecture.inputs
        if input_.form in concept.takes
        and (concept is not Shared or _can_borrow(architecture, input_))
    )


def example_input(architecture: Architecture, kind: str) -> tuple[Input, int | None]:
    """The first input that an encoder can read with its position, else a default input."""
    takes = ENCODERS[kind].takes
    for position, input_ in enumerate(architecture.inputs):
        if input_.form in takes:
            return input_, position
    return _default_input(next(form for form in forms() if form in takes), "input"), None


@lru_cache(maxsize=KEPT)
@needs_keras
def try_encoder(input_: Input, kind: str, hue: int = 0) -> EncoderTrial:
    """The encoder with default settings on an input; a shared encoder gets a copy to share with."""
    concept = ENCODERS[kind]
    other = f"other_{input_.name}"[:40]
    encoder = Shared(branch=other) if concept is Shared else concept()
    inputs = [input_.model_copy(update={"encoder": encoder, "reads": ""})]
    if concept is Shared:
        own = default_encoder(input_.form)
        inputs.append(inputs[0].model_copy(update={"name": other, "encoder": own}))
    drawn = sketch(_with_heads(inputs))
    graph = _part_of(drawn.graph, [item.name for item in inputs])
    graph = replace(graph, groups=tuple(replace(g, hue=g.hue + hue) for g in graph.groups))
    if any(node.state != "built" for node in drawn.graph.members(input_.name)):
        return EncoderTrial(input_, graph, error=drawn.errors[0])
    spent, end = costs_of(drawn.graph), _end_node(drawn.graph, input_.name)
    return EncoderTrial(input_, graph, end.shape, spent.groups[input_.name], spent.estimated)


def _converted(concept: type[Merge], old: Merge, fields: Mapping[str, Any]) -> Merge:
    shared = (concept.model_fields.keys() & type(old).model_fields.keys()) - {"kind"}
    values = {**{name: getattr(old, name) for name in shared}, **fields}
    try:
        return concept.model_validate(values)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors()}
        return concept.model_validate({k: v for k, v in values.items() if k not in wrong})


def _attempt(spec: Architecture, name: str, fields: Mapping[str, Any]) -> TrialResult | SpecError:
    """The merge of an architecture measured, or the error of it or of what reads it."""
    index = [merge.name for merge in spec.merges].index(name)
    bare = _with_layers_after(spec, name, Passthrough())
    drawn = sketch(bare)
    if any(node.state != "built" for node in drawn.graph.members(name)):
        own = (error for error in drawn.errors if error.where[:2] == ("merges", index))
        return next(own, drawn.errors[0])
    result = replace(_measured(bare, name, drawn.graph), architecture=spec)
    unread = _reader_error(spec, name, drawn if spec == bare else sketch(spec))
    if unread is None:
        return result
    pools = "then" not in fields and KINDS[len(result.shape)] in ENCODERS[POOLING].takes
    if pools:
        pooled = _with_layers_after(spec, name, ENCODERS[POOLING]())
        if _reader_error(pooled, name, sketch(pooled)) is None:
            return replace(result, architecture=pooled, pooled=True)
    return unread


def _reader_error(spec: Architecture, name: str, drawn: Sketch) -> SpecError | None:
    """The error of the layers after a merge or of what reads it, if there is one."""
    readers = [
        ("merges", index)
        for index, merge in enumerate(spec.merges)
        if name in (merge.name, *merge.sources)
    ]
    read_as = {name, TRUNK} if spec.trunk_source == name else {name}
    for error in drawn.errors:
        if error.where[:2] in readers or read_as & set(error.culprits):
            return error
    return None


def _with_layers_after(spec: Architecture, name: str, encoder: Encoder) -> Architecture:
    merges = tuple(
        merge.model_copy(update={"then": encoder}) if merge.name == name else merge
        for merge in spec.merges
    )
    return spec.model_copy(update={"merges": merges})


def _measured(spec: Architecture, name: str, graph: Graph) -> TrialResult:
    """A merge without layers after it."""
    spent, part = costs_of(graph), _part_of(graph, [name])
    members = graph.members(name)
    adapters = tuple(node for node in members if node.reason and not node.hidden)
    own = [node for node in members if node not in adapters]
    return TrialResult(
        spec,
        part,
        _end_node(graph, name).shape,
        sum((spent.nodes[node.id] for node in own), Cost()),
        adapters,
        sum((spent.nodes[node.id] for node in adapters), Cost()),
        any(None in node.shape for node in part.nodes),
    )


def _end_node(graph: Graph, group: str) -> Node:
    """The layer whose output other parts read."""
    return [node for node in graph.members(group) if node.hidden != "mask"][-1]


def _part_of(graph: Graph, groups: Sequence[str]) -> Graph:
    """Some groups of a graph, and the layers they read, without what is before these."""
    drawn = graph.drawn()
    inner = {node.id for node in drawn.nodes if node.group in groups}
    fed = {source for node in drawn.nodes if node.id in inner for source in node.sources} - inner
    nodes = tuple(
        replace(node, sources=(), shares=None) if node.id in fed else node
        for node in drawn.nodes
        if node.id in inner | fed
    )
    seen = {node.group for node in nodes}
    kept = tuple(replace(group, note="") for group in drawn.groups if group.id in seen)
    return Graph(graph.name, nodes, kept)


def _default_input(form: Form, name: str) -> Input:
    """An input of a form with default settings."""
    concept = next(concept for _, concept in INPUTS.items() if concept.form == form)
    return concept.model_validate({"name": name})


def _with_heads(inputs: Sequence[Input]) -> Architecture:
    """An architecture with one head for each input, of the first kind."""
    _, head = HEADS.items()[0]
    sources = [input_.name for input_ in inputs]
    labels = (name for n in itertools.count() if (name := f"y{n}") not in sources)
    heads = [
        head.model_validate({"name": label, "source": source})
        for source, label in zip(sources, labels, strict=False)
    ]
    return Architecture(inputs=tuple(inputs), heads=tuple(heads))


def _typical_rank(ranks: Sequence[int]) -> int:
    """The rank for an example of a merge: the highest it accepts; vectors if it accepts all."""
    return 1 if len(ranks) == len(KINDS) else max(ranks)


def _can_borrow(architecture: Architecture, input_: Input) -> bool:
    """True if another input of its form and shape has an encoder that it could share."""
    others = [other for other in architecture.inputs if other.name != input_.name]
    alike = [other for other in others if signature(other) == signature(input_)]
    lent = [other.encoder.branch for other in others if isinstance(other.encoder, Shared)]
    return any(not isinstance(o.encoder, Shared) for o in alike) and input_.name not in lent
