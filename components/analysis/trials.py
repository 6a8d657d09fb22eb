"""Strategies and encoders tried on an architecture's branches: what they give and cost there."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar

from pydantic import ValidationError

from components.analysis.reference import forms
from components.core.errors import SpecError
from components.core.fields import settings
from components.core.graph import Graph, Group, Node
from components.encoders import ENCODERS
from components.encoders.base import Encoder, Form
from components.encoders.passthrough import Passthrough
from components.heads import HEADS
from components.heads.base import Head
from components.inputs import INPUTS
from components.inputs.base import Input, Shape, default_encoder
from components.merges import MERGES
from components.merges.base import KINDS, Contract, Merge
from components.model import costs
from components.model.builder import Sketch, sketch
from components.model.costs import Cost
from components.model.spec import TRUNK, Architecture, Trunk, free_name

KEPT = 1024
"""Trials that are kept, shared by all sessions."""
POOLING = "pooling"
"""The encoder that makes a vector of what a merge gives, where a head is to read it."""
_NO_TRUNK = Trunk()
_FORMS: Mapping[int, Form] = {1: "vector", 2: "sequence", 3: "map"}


@dataclass(frozen=True)
class TrialResult:
    """A strategy in place of an architecture's last merge. Shapes and costs are of one sample."""

    architecture: Architecture
    """With the strategy, as it would be used."""
    graph: Graph
    """The layers of the merge, and the layer that each of its sources ends in."""
    sources: tuple[Shape, ...]
    """Shapes of the sources as the strategy gets them, fitted where they had to be."""
    shape: Shape
    own: Cost
    """What the strategy's own layers cost."""
    adapters: tuple[Node, ...]
    fitting: Cost
    """What the layers that make the sources fit cost."""
    estimated: bool
    """Whether FLOPs count an open length as some number of steps."""
    pooled: bool = False
    """Whether layers behind the merge make a vector of it, for what reads it."""


@dataclass(frozen=True)
class MergeTrial:
    """What comes of a strategy on an architecture's branches.

    `why` says why it does not fit them as they are; `result` is `None` where nothing makes it fit.
    """

    result: TrialResult | None
    why: SpecError | None

    @property
    def fits(self) -> bool:
        """Whether it takes the branches as they are."""
        return self.result is not None and self.why is None


@dataclass(frozen=True)
class EncoderTrial:
    """An encoder at its defaults on an input, or why it cannot read it. For one sample."""

    given: Input
    graph: Graph
    shape: Shape = ()
    cost: Cost = field(default_factory=Cost)
    estimated: bool = False
    error: SpecError | None = None


def with_merge(architecture: Architecture, kind: str, fit: str) -> Architecture:
    """The architecture with its last merge by another strategy; without one, all branches joined.

    Fields that both strategies have keep their values where valid, but for the policy `fit`.
    """
    concept = MERGES[kind]
    if architecture.merges:
        *before, last = architecture.merges
        merges = (*before, _carried(concept, last, fit))
        return architecture.model_copy(update={"merges": merges})
    name = free_name(architecture, "fusion")
    sources = [given.name for given in architecture.inputs]
    merge = concept.model_validate({"name": name, "sources": sources, "fit": fit})
    source = TRUNK if architecture.trunk.depth else name
    heads = tuple(head.model_copy(update={"source": source}) for head in architecture.heads)
    return architecture.model_copy(update={"heads": heads, "merges": (merge,)})


@lru_cache(maxsize=KEPT)
def try_merge(architecture: Architecture, kind: str) -> MergeTrial:
    """The strategy in place of the last merge: as the branches are, else fitted to the smallest.

    Where the architecture's own policy fits them already, that is kept.
    """
    why: SpecError | None = None
    own = architecture.merges[-1].fit if architecture.merges else "refuse"
    for fit in dict.fromkeys((own, "smallest")):
        try:
            result = _attempt(with_merge(architecture, kind, fit))
        except SpecError as error:
            why = error
            if _miscounted(architecture, kind):
                break
            continue
        if result.adapters and own != "refuse":
            why = _refused(architecture, kind)
        return MergeTrial(result, why)
    return MergeTrial(None, why)


@lru_cache(maxsize=KEPT)
def example_merge(kind: str) -> TrialResult:
    """The strategy on default inputs of shapes that its contract takes, called h1, h2 …"""
    contract = MERGES[kind].contract
    count = len(contract.roles) or max(2, contract.at_least)
    taken = [_FORMS[_typical(contract.ranks_of(place))] for place in range(count)]
    spec = _headed([_default(form, f"h{place}") for place, form in enumerate(taken, 1)])
    return _joined(with_merge(spec, kind, "smallest"))[0]


@lru_cache(maxsize=KEPT)
def end_shapes(architecture: Architecture) -> Mapping[str, Shape]:
    """What each branch and merge gives, by name, as far as it can be built."""
    graph = sketch(architecture).graph
    names = [*(i.name for i in architecture.inputs), *(m.name for m in architecture.merges)]
    last = {name: _end(graph, name) for name in names}
    return {name: node.shape for name, node in last.items() if node.state == "built"}


def readable_inputs(architecture: Architecture, kind: str) -> tuple[str, ...]:
    """The inputs, by name, that an encoder can read in this architecture."""
    concept = ENCODERS[kind]
    borrows = bool(_references(concept))
    return tuple(
        given.name
        for given in architecture.inputs
        if given.form in concept.takes and (not borrows or _can_borrow(architecture, given))
    )


def example_input(architecture: Architecture, kind: str) -> tuple[Input, int | None]:
    """What an encoder is shown on: the first input it can read and its place, else a default."""
    takes = ENCODERS[kind].takes
    for place, given in enumerate(architecture.inputs):
        if given.form in takes:
            return given, place
    return _default(next(form for form in forms() if form in takes), "input"), None


@lru_cache(maxsize=KEPT)
def try_encoder(given: Input, kind: str, hue: int = 0) -> EncoderTrial:
    """The encoder at its defaults on an input; one that borrows another's does so from a twin."""
    concept = ENCODERS[kind]
    twins = {
        borrowed: given.model_copy(
            update={"name": f"other_{given.name}"[:40], "encoder": default_encoder(given.form)}
        )
        for borrowed in _references(concept)
    }
    encoder = concept.model_validate({borrowed: twin.name for borrowed, twin in twins.items()})
    inputs = [given.model_copy(update={"encoder": encoder}), *twins.values()]
    drawn = sketch(_headed(inputs))
    graph = _part(drawn.graph, [item.name for item in inputs])
    graph = replace(graph, groups=tuple(replace(g, hue=g.hue + hue) for g in graph.groups))
    if any(node.state != "built" for node in drawn.graph.members(given.name)):
        return EncoderTrial(given, graph, error=drawn.errors[0])
    spent, end = costs.of(drawn.graph), _end(drawn.graph, given.name)
    return EncoderTrial(given, graph, end.shape, spent.groups[given.name], spent.estimated)


def _carried(concept: type[Merge], old: Merge, fit: str) -> Merge:
    shared = (concept.model_fields.keys() & type(old).model_fields.keys()) - {"kind"}
    values = {**{name: getattr(old, name) for name in shared}, "fit": fit}
    try:
        return concept.model_validate(values)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors()}
        return concept.model_validate({k: v for k, v in values.items() if k not in wrong})


def _miscounted(architecture: Architecture, kind: str) -> bool:
    """Whether there are too few or too many sources, which no layer can fix."""
    merges = architecture.merges
    names = merges[-1].sources if merges else [given.name for given in architecture.inputs]
    try:
        MERGES[kind].contract.count("", "", names)
    except SpecError:
        return True
    return False


def _refused(architecture: Architecture, kind: str) -> SpecError | None:
    try:
        _attempt(with_merge(architecture, kind, "refuse"))
    except SpecError as error:
        return error
    return None


def _attempt(spec: Architecture) -> TrialResult:
    """What the last merge gives and costs. Raises `SpecError` where it, or its reader, fails.

    It is tried on ends that stand for its sources, unless another merge reads it.
    """
    last = spec.merges[-1].name
    if any(last in merge.sources for merge in spec.merges):
        return _made(spec)
    sources = _sources(spec)
    alone = _alone(spec, sources)
    try:
        result = _made(alone)
    except SpecError as error:
        raise _placed(error, alone, spec) from None
    then = result.architecture.merges[-1].then
    return replace(result, architecture=_behind(spec, then), graph=_fed_by(result.graph, sources))


def _made(spec: Architecture) -> TrialResult:
    result, drawn = _joined(spec)
    through = spec.merges[-1].then == Passthrough()
    unread = _unread(spec, drawn if through else sketch(spec))
    if unread is None:
        return result
    pooled = _pooled(spec, result.shape)
    if pooled is None or _unread(pooled, sketch(pooled)) is not None:
        raise unread
    return replace(result, architecture=pooled, pooled=True)


class _End(Input):
    """Stands for a branch or a merge by the shape it gives, so that a strategy is tried alone."""

    title: ClassVar[str] = "End"
    form: ClassVar[Form] = "vector"

    axes: Shape
    masked: bool

    @property
    def shape(self) -> Shape:
        return self.axes

    @property
    def padded(self) -> bool:
        return self.masked


@dataclass(frozen=True)
class _Source:
    """The layer that a source ends in, with its group, and whether it may hold padding."""

    node: Node
    group: Group
    masked: bool


def _sources(spec: Architecture) -> Mapping[str, _Source]:
    """The sources of the last merge. Raises `SpecError` where one of them cannot be built."""
    *before, last = spec.merges
    names = tuple(dict.fromkeys(last.sources))
    found, error = _upstream(spec.inputs, tuple(before), names)
    if error is not None and set(names) - set(found):
        raise error
    return found


@lru_cache(maxsize=KEPT)
def _upstream(
    inputs: tuple[Input, ...], merges: tuple[Merge, ...], names: tuple[str, ...]
) -> tuple[Mapping[str, _Source], SpecError | None]:
    """What branches and merges end in, as far as they can be built, and what is wrong if not.

    Each is probed by a merge with itself, which silences it first where it may hold padding.
    """
    probe = next(c for _, c in MERGES.items() if c.contract == Contract() and not c.uses_masks)
    probes = {f"probe-{n}": name for n, name in enumerate(names)}
    made = [probe.model_construct(name=p, sources=(name, name)) for p, name in probes.items()]
    drawn = sketch(_unchecked(inputs, (*merges, *made)))
    found: dict[str, _Source] = {}
    for name_of_probe, name in probes.items():
        end = _end(drawn.graph, name)
        masked = any(node.hidden == "bypass" for node in drawn.graph.members(name_of_probe))
        if end.state == "built":
            found[name] = _Source(end, drawn.graph.group(name), masked)
    return found, next(iter(drawn.errors), None)


def _alone(spec: Architecture, sources: Mapping[str, _Source]) -> Architecture:
    """The last merge on ends instead of branches, with what reads it."""
    merge = spec.merges[-1]
    inputs = tuple(
        _End.model_construct(
            name=name, encoder=Passthrough(), axes=source.node.shape, masked=source.masked
        )
        for name, source in sources.items()
    )
    heads = tuple(head for head in spec.heads if head.source in (merge.name, TRUNK))
    return _unchecked(inputs, (merge,), spec.trunk, heads)


def _unchecked(
    inputs: tuple[Input, ...],
    merges: tuple[Merge, ...],
    trunk: Trunk = _NO_TRUNK,
    heads: tuple[Head, ...] = (),
) -> Architecture:
    """Parts of an architecture that are only to be drawn."""
    return Architecture.model_construct(
        name="model", inputs=inputs, merges=merges, trunk=trunk, heads=heads
    )


def _fed_by(graph: Graph, sources: Mapping[str, _Source]) -> Graph:
    """The picture of a merge on ends, with the layers these stand for."""
    ids = {name: source.node.id for name, source in sources.items()}
    fed = [replace(source.node, sources=(), shares=None) for source in sources.values()]
    own = [
        replace(node, sources=tuple(ids.get(source, source) for source in node.sources))
        for node in graph.nodes
        if node.id not in sources
    ]
    groups = [replace(source.group, note="") for source in sources.values()]
    rest = [group for group in graph.groups if group.id not in sources]
    return Graph(graph.name, (*fed, *own), (*groups, *rest))


def _placed(error: SpecError, alone: Architecture, spec: Architecture) -> SpecError:
    """An error of a merge tried alone, at its place in the whole architecture."""
    part, *below = error.where
    if part == "merges":
        below[0] = len(spec.merges) - 1
    elif part == "heads":
        below[0] = spec.heads.index(alone.heads[int(below[0])])
    where = (part, *below)
    return type(error)(error.rule, error.received, error.fix, where, error.culprits)


def _joined(spec: Architecture) -> tuple[TrialResult, Sketch]:
    """The last merge without layers behind it. Raises `SpecError` where it cannot be built."""
    name, where = spec.merges[-1].name, ("merges", len(spec.merges) - 1)
    drawn = sketch(_behind(spec, Passthrough()))
    if any(node.state != "built" for node in drawn.graph.members(name)):
        raise next((e for e in drawn.errors if e.where[:2] == where), drawn.errors[0])
    return _measured(spec, drawn.graph), drawn


def _behind(spec: Architecture, encoder: Encoder) -> Architecture:
    *before, last = spec.merges
    merges = (*before, last.model_copy(update={"then": encoder}))
    return spec.model_copy(update={"merges": merges})


def _unread(spec: Architecture, drawn: Sketch) -> SpecError | None:
    """Why what the last merge gives cannot be read by what is behind it, if it cannot."""
    name, last = spec.merges[-1].name, len(spec.merges) - 1
    readers = [place for place, m in enumerate(spec.merges) if place == last or name in m.sources]
    places = [("merges", place) for place in readers]
    for error in drawn.errors:
        if error.where[:2] in places or {name, TRUNK} & set(error.culprits):
            return error
    return None


def _pooled(spec: Architecture, shape: Shape) -> Architecture | None:
    if POOLING not in ENCODERS or _FORMS[len(shape)] not in ENCODERS[POOLING].takes:
        return None
    return _behind(spec, ENCODERS[POOLING]())


def _measured(spec: Architecture, graph: Graph) -> TrialResult:
    merge = spec.merges[-1]
    spent = costs.of(graph)
    members = graph.members(merge.name)
    adapters = tuple(node for node in members if node.reason and not node.hidden)
    own = [node for node in members if node not in adapters]
    return TrialResult(
        spec,
        _part(graph, [merge.name]),
        tuple(_fitted(_end(graph, source), adapters).shape for source in merge.sources),
        _end(graph, merge.name).shape,
        sum((spent.nodes[node.id] for node in own), Cost()),
        adapters,
        sum((spent.nodes[node.id] for node in adapters), Cost()),
        spent.estimated,
    )


def _end(graph: Graph, group: str) -> Node:
    """The layer whose tensor a part hands on."""
    return [node for node in graph.members(group) if node.hidden != "mask"][-1]


def _fitted(end: Node, adapters: Sequence[Node]) -> Node:
    for node in adapters:
        if node.sources[:1] == (end.id,):
            end = node
    return end


def _part(graph: Graph, groups: Sequence[str]) -> Graph:
    """Some groups of a graph, and the layers that feed them as ends without a past."""
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


def _typical(ranks: Sequence[int]) -> int:
    """The rank to show a merge on: the highest it takes, vectors where it takes any."""
    return 1 if len(ranks) == len(KINDS) else max(ranks)


def _default(form: Form, name: str) -> Input:
    concept = next(concept for _, concept in INPUTS.items() if concept.form == form)
    return concept.model_validate({"name": name})


def _headed(inputs: Sequence[Input]) -> Architecture:
    """Inputs that each have a head of their own, of the first kind."""
    _, head = HEADS.items()[0]
    sources = [given.name for given in inputs]
    labels = (name for n in itertools.count() if (name := f"y{n}") not in sources)
    heads = [
        head.model_validate({"name": label, "source": source})
        for source, label in zip(sources, labels, strict=False)
    ]
    return Architecture(inputs=tuple(inputs), heads=tuple(heads))


def _references(concept: type[Encoder]) -> list[str]:
    """Fields that name another input."""
    return [setting.name for setting in settings(concept) if setting.refers == "inputs"]


def _can_borrow(architecture: Architecture, given: Input) -> bool:
    """Whether an input of its form and shape has an encoder to lend, and none needs its own."""
    looks = (given.form, given.shape, given.cardinality)
    others = [other for other in architecture.inputs if other.name != given.name]
    alike = [o for o in others if (o.form, o.shape, o.cardinality) == looks]
    return any(not _lenders(o) for o in alike) and all(
        given.name not in _lenders(o) for o in others
    )


def _lenders(given: Input) -> list[str]:
    """The inputs whose encoder an input goes through."""
    return [getattr(given.encoder, name) for name in _references(type(given.encoder))]
