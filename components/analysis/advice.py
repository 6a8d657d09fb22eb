"""What an architecture that can be built is still likely to go wrong with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from components.core.graph import Graph, Node
from components.heads.binary import Binary
from components.heads.multiclass import Multiclass
from components.heads.regression import Regression
from components.merges.stacking import Stacking
from components.merges.tensor_fusion import TensorFusion
from components.model.costs import Costs
from components.model.spec import TRUNK, Architecture
from components.render import formatting

HEAVY = 0.9
"""Share of all parameters from which one layer behind a Flatten is worth a word."""
WIDE = 4096
"""Features of an outer product from which it is worth a word."""
DROWNED = 0.01
"""Share of a concatenation's features below which a source is easily overlooked."""


@dataclass(frozen=True)
class Advice:
    """One thing to know: what is so, and what to do about it. `node` is the layer it is about."""

    title: str
    text: str
    node: str | None = None


Rule = Callable[[Architecture, Graph, Costs], Iterator[Advice]]


def review(spec: Architecture, graph: Graph, costs: Costs) -> tuple[Advice, ...]:
    """All advice on an architecture, the gravest first."""
    return tuple(advice for rule in RULES for advice in rule(spec, graph, costs))


def _softmax_of_one(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for head in spec.heads:
        if isinstance(head, Multiclass) and head.classes == 1:
            yield Advice(
                "A softmax over one class is always 1",
                f"`{head.name}` predicts the same whatever it reads, and its loss never changes. "
                "Take a binary head for yes or no, or two classes and more.",
                head.name,
            )


def _experts_without_a_choice(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for merge in spec.merges:
        if isinstance(merge, Stacking) and merge.outputs == 1 and merge.activation == "softmax":
            yield Advice(
                "A softmax over one output is always 1",
                f"The experts of `{merge.name}` say the same whatever they read. Take `sigmoid`, "
                "or two outputs and more.",
                _last(graph, merge.name),
            )


def _squares_behind_a_sigmoid(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for head in spec.heads:
        bounded = isinstance(head, Binary) or (
            isinstance(head, Regression) and head.activation in ("sigmoid", "tanh")
        )
        if bounded and head.loss == "mean_squared_error":
            fix = (
                "Binary cross-entropy learns from such mistakes."
                if isinstance(head, Binary)
                else "Choose `linear`, unless the targets never leave that range."
            )
            yield Advice(
                "A squared error behind a sigmoid learns slowly",
                f"Where `{head.name}` is sure and wrong, its gradient is almost zero. {fix}",
                head.name,
            )


def _discarded(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for merge in spec.merges:
        twice = sorted({s for s in merge.sources if merge.sources.count(s) > 1})
        for name in twice:
            nothing = "comparison" in merge.traits and "products" not in merge.traits
            yield Advice(
                f"{merge.name} reads {name} twice",
                "The difference of a source and itself is zero: nothing of it is left."
                if nothing
                else f"{merge.title} of a source with itself tells nothing new.",
                _last(graph, merge.name),
            )
    for node in graph.nodes:
        if node.layer != "MultiHeadAttention" or len(node.sources) < 2:
            continue
        asked, read = node.sources[:2]
        if asked != read and graph[read].shape[0] == 1:
            yield Advice(
                "Attention over one step ignores who asks",
                f"A softmax over one step is always 1: `{graph[asked].group}` has no say in what "
                f"`{node.id}` gives. Keep the steps of `{graph[read].group}`: readout `sequence`.",
                node.id,
            )


def _exploding(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for merge in spec.merges:
        id = _last(graph, merge.name)
        if isinstance(merge, TensorFusion) and id:
            width = graph[id].shape[-1] or 0
            if width > WIDE:
                yield Advice(
                    f"{merge.name} gives {width:,} features",
                    "Its width is the product of all widths plus one, and every layer behind it "
                    "has as many weights a unit. Narrow the branches, or take low-rank fusion.",
                    id,
                )


def _lost_masks(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for given in spec.inputs:
        encoder = given.encoder
        if not encoder.depth or given.form not in ("tokens", "sequence"):
            continue
        how = getattr(encoder, "readout", getattr(encoder, "pooling", ""))
        if given.padded and how == "flatten":
            yield Advice(
                f"Flatten loses the mask of {given.name}",
                "Padding comes into the dense layer behind it as zeros at fixed places. Read out "
                "by average, by max, or by the last state to leave it out.",
                f"{given.name}_flatten",
            )
        elif given.form == "tokens" and not given.padded:
            yield Advice(
                f"{given.name} reads its padding",
                "Without a mask every layer takes id 0 for a word, and a short text gives another "
                "result with more padding behind it. Turn `Padding` on.",
                given.name,
            )


def _heavy_flatten(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    total = costs.total.parameters
    for node in graph.nodes:
        behind = [graph[source] for source in node.sources if graph[source].layer == "Flatten"]
        if behind and node.parameters >= HEAVY * total:
            yield Advice(
                f"{formatting.share(node.parameters, total)} of the parameters behind one Flatten",
                f"`{node.id}` has a weight for each of {behind[0].shape[0]:,} numbers and each of "
                "its units. Readout `average` or one more block with a pool makes it small.",
                node.id,
            )


def _drowned(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for node in graph.nodes:
        if node.layer != "Concatenate" or len(node.shape) != 1 or not node.shape[0]:
            continue
        for source in node.sources:
            width = graph[source].shape[-1] or 0
            if width < DROWNED * node.shape[0]:
                yield Advice(
                    f"{graph[source].group} is {width} of {node.shape[0]:,} features",
                    "A few among so many are easily overlooked. Project the wide branches to less, "
                    "or this one to more.",
                    node.id,
                )


def _only_adds(spec: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    if not spec.merges or spec.trunk.depth:
        return
    last = spec.merges[-1]
    read = any(spec.reads(head.source) == last.name or head.source == TRUNK for head in spec.heads)
    if read and all("additive" in m.traits for m in spec.merges) and not last.then.depth:
        yield Advice(
            "The branches only add up",
            "Behind this merge stands one layer: each branch adds its part to the score, so what "
            "they tell only together (xor) cannot be learned. Give the trunk a layer, or merge by "
            "a product.",
            _last(graph, last.name),
        )


RULES: Sequence[Rule] = (
    _softmax_of_one,
    _experts_without_a_choice,
    _discarded,
    _exploding,
    _squares_behind_a_sigmoid,
    _lost_masks,
    _heavy_flatten,
    _drowned,
    _only_adds,
)


def _last(graph: Graph, group: str) -> str | None:
    members: Sequence[Node] = graph.members(group)
    return members[-1].id if members else None
