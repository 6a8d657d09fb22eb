"""Advice on architectures that can be built but are likely to work badly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from components.base.text import quoted
from components.models.analysis import additive
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import Costs
from components.models.drawing import formatting
from components.models.heads.binary import Binary
from components.models.heads.multiclass import Multiclass
from components.models.heads.regression import Regression
from components.models.language.graph import Graph, Node
from components.models.merges.stacking import Stacking
from components.models.merges.tensor_fusion import TensorFusion

HEAVY = 0.9
"""Share of all parameters in one layer after a Flatten above which there is advice."""
AVERAGE_COST = (
    "*Picture and text* reaches 73 % with it and 95 % as it is, on additive data; with two blocks "
    "and Flatten 95 %, with a quarter of the weights"
)
"""Text with measurements of docs/measured.md."""
WIDE = 4096
"""Number of features of an outer product above which there is advice."""
DROWNED = 0.01
"""Share of a concatenation's features below which a source is easily ignored."""


@dataclass(frozen=True)
class Advice:
    """Piece of advice: the problem and the fix. `node` is the layer it is about."""

    title: str
    text: str
    node: str | None = None


Rule = Callable[[Architecture, Graph, Costs], Iterator[Advice]]


def review(architecture: Architecture, graph: Graph, costs: Costs) -> tuple[Advice, ...]:
    """Return all advice on an architecture, the most serious first."""
    return tuple(advice for rule in RULES for advice in rule(architecture, graph, costs))


def _softmax_of_one(architecture: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for head in architecture.heads:
        if isinstance(head, Multiclass) and head.classes == 1:
            yield Advice(
                "A softmax over one class is always 1",
                f"`{head.name}` always predicts the same, and its loss never changes. "
                "Use a binary head, or at least two classes.",
                head.name,
            )


def _experts_without_a_choice(
    architecture: Architecture, graph: Graph, costs: Costs
) -> Iterator[Advice]:
    for merge in architecture.merges:
        if isinstance(merge, Stacking) and merge.outputs == 1 and merge.activation == "softmax":
            yield Advice(
                "A softmax over one output is always 1",
                f"The experts of `{merge.name}` always predict the same. Use `sigmoid`, or at "
                "least two outputs.",
                _last(graph, merge.name),
            )


def _squares_behind_a_sigmoid(
    architecture: Architecture, graph: Graph, costs: Costs
) -> Iterator[Advice]:
    for head in architecture.heads:
        bounded = isinstance(head, Binary) or (
            isinstance(head, Regression) and head.activation in ("sigmoid", "tanh")
        )
        if bounded and head.loss == "mean_squared_error":
            fix = (
                "Use binary cross-entropy, which learns from such errors."
                if isinstance(head, Binary)
                else "Use `linear`, unless all targets lie in that range."
            )
            yield Advice(
                "A squared error after a sigmoid learns slowly",
                f"Where `{head.name}` is confident and wrong, its gradient is almost zero. {fix}",
                head.name,
            )


def _discarded(architecture: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for merge in architecture.merges:
        twice = sorted({s for s in merge.sources if merge.sources.count(s) > 1})
        for name in twice:
            if "products" in merge.traits or "no weights" not in merge.traits:
                continue  # A square of a feature, or a layer that reads it again, is a new feature.
            yield Advice(
                f"{merge.name} reads {name} twice",
                "The difference of a source and itself is always zero."
                if "comparison" in merge.traits
                else f"{merge.title} of a source with itself has the features of that source only.",
                _last(graph, merge.name),
            )
    for node in graph.nodes:
        if node.layer != "MultiHeadAttention" or len(node.sources) < 2:
            continue
        asked, read = node.sources[:2]
        if asked != read and graph[read].shape[0] == 1:
            yield Advice(
                "Attention over one step ignores its query",
                f"A softmax over one step is always 1: `{graph[asked].group}` has no effect on "
                f"`{node.id}`. Keep the steps of `{graph[read].group}`: readout `sequence`.",
                node.id,
            )


def _exploding(architecture: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for merge in architecture.merges:
        id = _last(graph, merge.name)
        width = graph[id].shape[-1] or 0
        if isinstance(merge, TensorFusion) and width > WIDE:
            yield Advice(
                f"{merge.name} has {width:,} output features",
                "Its width is the product of all widths plus one, and the next layer has as "
                "many weights for each unit. Use narrower branches, or low-rank fusion.",
                id,
            )


def _lost_masks(architecture: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for input_ in architecture.inputs:
        encoder = input_.encoder
        if not encoder.depth or input_.form not in ("tokens", "sequence"):
            continue
        how = getattr(encoder, "readout", getattr(encoder, "pooling", ""))
        if input_.padded and how == "flatten":
            yield Advice(
                f"Flatten loses the mask of {input_.name}",
                "The dense layer after it reads padding as zeros at fixed positions. Use the "
                "readout average, max or last state to ignore padding.",
                f"{input_.name}_flatten",
            )
        elif input_.form == "tokens" and not input_.padded:
            yield Advice(
                f"Padding of {input_.name} is treated as words",
                "Without a mask every layer reads id 0 as a word, so the result for a short text "
                "changes with its padding. Turn `Padding` on.",
                input_.reads or input_.name,
            )


def _heavy_flatten(architecture: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    total = costs.total.parameters
    for node in graph.nodes:
        behind = [graph[source] for source in node.sources if graph[source].layer == "Flatten"]
        if behind and node.parameters >= HEAVY * total:
            yield Advice(
                f"{formatting.share(node.parameters, total)} of the parameters after one Flatten",
                f"`{node.id}` has a weight for each of {behind[0].shape[0]:,} numbers and each of "
                f"its units. {_fewer_numbers([graph[source] for source in behind[0].sources])}",
                node.id,
            )


def _fewer_numbers(flattened: Sequence[Node]) -> str:
    """Describe ways to flatten fewer numbers, and the cost of each."""
    if not all(node.sources for node in flattened):
        return "An encoder with pooling, such as Conv2D, leaves fewer of them."
    shape = flattened[0].shape
    left, measured = ("a quarter", f" {AVERAGE_COST}.") if len(shape) == 3 else ("half", "")
    return (
        f"Each further block that pools by 2 leaves about {left} of them, and keeps where things "
        f"are. The readout `average` leaves {shape[-1]:,}, and loses where things are.{measured}"
    )


def _drowned(architecture: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for node in graph.nodes:
        if node.layer != "Concatenate" or len(node.shape) != 1 or not node.shape[0]:
            continue
        for source in node.sources:
            width = graph[source].shape[-1] or 0
            if width < DROWNED * node.shape[0]:
                yield Advice(
                    f"{graph[source].group} is {width:,} of {node.shape[0]:,} features",
                    "So few features are easily ignored. Project the wide branches to fewer "
                    "features, or this one to more.",
                    node.id,
                )


def _only_adds(architecture: Architecture, graph: Graph, costs: Costs) -> Iterator[Advice]:
    for source in dict.fromkeys(graph[head.name].sources[0] for head in architecture.heads):
        heads = [head.name for head in architecture.heads if graph[head.name].sources[0] == source]
        if len(additive.inputs_of(graph, source)) > 1 and additive.only_adds(graph, heads[0]):
            yield Advice(
                "The branches only add up",
                f"Each input adds a part of its own to the score of {quoted(heads)}, so it can't "
                "represent interactions between inputs (xor). Add a layer with an activation after "
                "the merge, or merge by a product.",
                source,
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


def _last(graph: Graph, group: str) -> str:
    return graph.members(group)[-1].id
