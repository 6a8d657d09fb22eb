"""Facts of an architecture that the conditions of a lesson ask for, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from components.analysis.additive import multiplies, only_adds
from components.core.errors import LessonError, suggest
from components.core.graph import Graph, Node
from components.core.registry import kind_of
from components.lessons.checks import Value
from components.model.costs import Costs
from components.model.spec import Architecture

ANY = "*"
Fact = Value | None | tuple[Value | None, ...]


class Facts:
    """The facts of an architecture that was built.

    Besides those with a name, every field of the architecture is a fact, by its path: steps are
    names of fields, positions or names in lists, and `*` for all: `inputs.*.encoder.kind`.
    """

    def __init__(self, architecture: Architecture, graph: Graph, costs: Costs) -> None:
        self.architecture, self.graph, self.costs = architecture, graph, costs

    def __getitem__(self, name: str) -> Fact:
        """A fact; `None` if its path leads to nothing in this architecture."""
        if name in FACTS:
            return FACTS[name].of(self)
        values = list(_values(self._data, name.split(".")))
        return tuple(values) if ANY in name else next(iter(values), None)

    @cached_property
    def _data(self) -> Mapping[str, Any]:
        return self.architecture.model_dump(mode="json")


def require_fact(name: str) -> None:
    """Raises `LessonError` if no architecture has a fact of this name."""
    fields = Architecture.model_fields
    if name not in FACTS and name.split(".")[0] not in fields:
        raise LessonError(
            "A condition must name a fact or a field of the model.",
            name,
            suggest(name, [*FACTS, *fields]),
        )


def _after_merge(facts: Facts) -> int:
    """Layers behind the last merge and before the heads."""
    merges = facts.architecture.merges
    then = getattr(merges[-1].then, "depth", 0) if merges else 0
    return facts.architecture.trunk.depth + then


def _reads(facts: Facts) -> int:
    """How many parts the last merge reads."""
    merges = facts.architecture.merges
    return len(merges[-1].sources) if merges else 0


def _steps_at_merge(facts: Facts) -> int:
    """The fewest steps of a part that the last merge reads; 0 if one of them is a vector."""
    merges = facts.architecture.merges
    parts = [facts.graph.members(name) for name in merges[-1].sources] if merges else []
    return min((_steps_in(nodes[-1]) for nodes in parts if nodes), default=0)


def _attention_keys(facts: Facts) -> int:
    """The most steps that an attention after the branches chooses from; 0 without attention."""
    branches = {group.id for group in facts.graph.groups if group.role == "branch"}
    read = (
        facts.graph[node.sources[1]]
        for node in facts.graph.nodes
        if node.layer == "MultiHeadAttention" and node.group not in branches
    )
    return max(map(_steps_in, read), default=0)


def _steps_in(node: Node) -> int:
    """The steps that a layer's output has; 0 for a vector."""
    return (node.shape[0] or 0) if len(node.shape) == 2 else 0


class NamedFact(NamedTuple):
    """A fact with a name of its own."""

    title: str
    of: Callable[[Facts], Fact]


FACTS: Mapping[str, NamedFact] = {
    "parameters": NamedFact("Parameters", lambda facts: facts.costs.total.parameters),
    "flops": NamedFact("FLOPs", lambda facts: facts.costs.total.flops),
    "inputs": NamedFact("Inputs", lambda facts: len(facts.architecture.inputs)),
    "merges": NamedFact("Merges", lambda facts: len(facts.architecture.merges)),
    "strategies": NamedFact(
        "Merge strategies", lambda facts: tuple(kind_of(type(m)) for m in facts.architecture.merges)
    ),
    "encoders": NamedFact(
        "Encoders", lambda facts: tuple(kind_of(type(i.encoder)) for i in facts.architecture.inputs)
    ),
    "layers_after_merge": NamedFact("Layers after the merge", _after_merge),
    "merge_sources": NamedFact("Sources of the last merge", _reads),
    "steps_at_merge": NamedFact("Steps that the last merge reads", _steps_at_merge),
    "attention_keys": NamedFact("Steps that attention chooses from", _attention_keys),
    "additive": NamedFact(
        "Only adds up functions of one input each",
        lambda facts: only_adds(facts.graph, facts.architecture.heads[0].name),
    ),
    "multiplies": NamedFact(
        "Multiplies values of different inputs", lambda facts: multiplies(facts.graph)
    ),
    "heads": NamedFact("Heads", lambda facts: len(facts.architecture.heads)),
}
"""The facts with a name. `additive`: whether the score of the first head is a sum of functions of
one input each. `multiplies`: whether any layer multiplies values of different inputs."""


def _values(data: Any, path: list[str]) -> list[Any]:
    """The values at a path."""
    if not path:
        return [data]
    step, rest = path[0], path[1:]
    return [value for item in _steps(data, step) for value in _values(item, rest)]


def _steps(data: Any, step: str) -> list[Any]:
    """What one step of a path leads to."""
    if isinstance(data, Mapping):
        if step == ANY:
            return list(data.values())
        return [data[step]] if step in data else []
    if isinstance(data, list):
        if step == ANY:
            return data
        if step.isdigit():
            return data[int(step) : int(step) + 1]
        return [item for item in data if isinstance(item, Mapping) and item.get("name") == step]
    return []
