"""Facts of an architecture by name, for the conditions of a lesson."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

from components.base.errors import LessonError, suggest
from components.models.analysis.additive import (
    inputs_of,
    multiplies,
    nonlinear_joint_layers,
    only_adds,
)
from components.models.architecture.architecture import TRUNK, Architecture
from components.models.architecture.costs import Costs
from components.models.heads.base import Head
from components.models.inputs.base import Input
from components.models.language.graph import Graph, Node
from components.models.language.registry import kind_of
from components.models.merges.base import Merge
from components.teaching.lessons.checks import Value

ANY = "*"
Fact = Value | None | tuple[Value | None, ...]


class Way(NamedTuple):
    """Path from an input to a head: the merges on it, the first one first."""

    input: str = ""
    merges: tuple[Merge, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Facts of a built architecture, for the path to its first head.

    Parts that lead only to other heads do not count. Besides the named facts, every field of the
    architecture is a fact. Its name is its path, with names of fields, positions or names in lists,
    and `*` for all: `inputs.*.encoder.kind`.
    """

    architecture: Architecture
    graph: Graph
    costs: Costs

    def __getitem__(self, name: str) -> Fact:
        """Return a fact; `None` if its path does not exist in this architecture.

        Raises `LessonError` for the path of a part with fields of its own.
        """
        if name in FACTS:
            return FACTS[name].of(self)
        values = list(_values(self._data, name.split(".")))
        if any(isinstance(value, Mapping | list) for value in values):
            raise LessonError(
                "A condition can only compare a single field of the model.",
                name,
                "Add the name of a field to the path, or `*` for all in a list.",
            )
        return tuple(values) if ANY in name else next(iter(values), None)

    @property
    def reached(self) -> Head:
        """Head that the facts are about."""
        return self.architecture.heads[0]

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Every path from an input to the head."""
        merges = {merge.name: merge for merge in self.architecture.merges}
        first = self.architecture.reads(self.reached.source)
        first = self.architecture.trunk_source or first if first == TRUNK else first
        ended, begun = list[Way](), [(first, Way())]
        while begun:
            part, way = begun.pop()
            if part in merges:
                merge = merges[part]
                longer = Way(way.input, (merge, *way.merges))
                begun += [(source, longer) for source in dict.fromkeys(merge.sources)]
            else:
                ended.append(way._replace(input=part))
        return tuple(ended)

    @cached_property
    def merges(self) -> tuple[Merge, ...]:
        """Merges that lead to the head, in the order of the architecture."""
        names = {merge.name for way in self.ways for merge in way.merges}
        return tuple(merge for merge in self.architecture.merges if merge.name in names)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """Inputs that lead to the head."""
        names = {way.input for way in self.ways}
        return tuple(branch for branch in self.architecture.inputs if branch.name in names)

    @cached_property
    def leading(self) -> Graph:
        """Layers that lead to the head."""
        ids = self.graph.upstream(self.reached.name)
        return dataclasses.replace(
            self.graph, nodes=tuple(node for node in self.graph.nodes if node.id in ids)
        )

    @cached_property
    def _data(self) -> Mapping[str, Any]:
        return self.architecture.model_dump(mode="json")


def require_fact(name: str) -> None:
    """Check that architectures can have a fact of this name; raise `LessonError` otherwise."""
    fields = Architecture.model_fields
    if name not in FACTS and name.split(".")[0] not in fields:
        raise LessonError(
            "A condition needs the name of a fact or a field of the model.",
            name,
            suggest(name, [*FACTS, *fields]),
        )


def _layers_after(facts: Facts) -> int:
    """Count the layers between the first merge and the head.

    A merge that reads another one counts with all its own layers that bend their input, since they
    follow the first merge. Every merge counts with the dense layers that bend its joined sources,
    such as those in a block of self-attention.
    """
    architecture = facts.architecture
    layers = architecture.trunk.depth if architecture.reads(facts.reached.source) == TRUNK else 0
    names, bending = {merge.name for merge in facts.merges}, nonlinear_joint_layers(facts.graph)
    for merge in facts.merges:
        own = bending & {node.id for node in facts.graph.members(merge.name)}
        later = bool(names & set(merge.sources))
        layers += max(merge.then.depth, len(own if later else own & _dense(facts, merge)))
    return layers


def _dense(facts: Facts, merge: Merge) -> set[str]:
    """Return the dense layers of a merge with an activation, except those of its gates."""
    nodes = facts.graph.members(merge.name)
    gates = tuple(f"{merge.name}_{name}" for name in merge.gate_layers)
    of_gates = facts.graph.upstream(*(n.id for n in nodes if gates and n.id.startswith(gates)))
    dense = {node.id for node in nodes if node.layer == "Dense" and "activation" in node.arguments}
    return dense - of_gates


def _on_every_way(facts: Facts) -> tuple[str, ...]:
    """Return the kinds and families of merges found on every path from an input."""
    ways = [{name for m in way.merges for name in _kind_and_family(m)} for way in facts.ways]
    return tuple(sorted(set.intersection(*ways))) if ways else ()


def _joins_all(facts: Facts) -> tuple[str, ...]:
    """Return kind and family of the merge that reads every input directly, if there is one."""
    first = {way.merges[0].name if way.merges else "" for way in facts.ways}
    one = (merge for merge in facts.merges if {merge.name} == first)
    return tuple(sorted({name for merge in one for name in _kind_and_family(merge)}))


def _kind_and_family(merge: Merge) -> tuple[str, str]:
    return kind_of(type(merge)), merge.family


def _least_dropout(facts: Facts) -> float:
    """Return the least dropout probability of all paths to the head, without rounding errors."""
    kept = (math.prod(1 - merge.source_dropout for merge in way.merges) for way in facts.ways)
    return round(1 - max(kept, default=1.0), 9)


def _steps_at_merge(facts: Facts) -> int:
    """Return the least number of steps where inputs meet for the first time; 0 for a vector."""
    meeting = [merge for merge in facts.merges if _joins_new_inputs(facts, merge)]
    parts = [facts.graph.members(name) for merge in meeting for name in merge.sources]
    return min((_steps_in(nodes[-1]) for nodes in parts if nodes), default=0)


def _joins_new_inputs(facts: Facts, merge: Merge) -> bool:
    """Return `True` if two sources of a merge each have an input that the other lacks."""
    ends = [facts.graph.members(source)[-1] for source in merge.sources]
    read = [inputs_of(facts.graph, node.id) for node in ends]
    return any(one - other and other - one for one, other in combinations(read, 2))


def _attention_keys(facts: Facts) -> int:
    """Return the most steps that attention after the branches chooses from; 0 without attention."""
    branches = {group.id for group in facts.graph.groups if group.role == "branch"}
    read = (
        facts.graph[node.sources[1]]
        for node in facts.leading.nodes
        if node.layer == "MultiHeadAttention" and node.group not in branches
    )
    return max(map(_steps_in, read), default=0)


def _steps_in(node: Node) -> int:
    """Return the number of steps in a layer's output; 0 for a vector."""
    return (node.shape[0] or 0) if len(node.shape) == 2 else 0


class NamedFact(NamedTuple):
    """A fact with a name of its own."""

    title: str
    of: Callable[[Facts], Fact]


FACTS: Mapping[str, NamedFact] = {
    "parameters": NamedFact("Parameters", lambda facts: facts.costs.total.parameters),
    "flops": NamedFact("FLOPs", lambda facts: facts.costs.total.flops),
    "inputs": NamedFact("Inputs", lambda facts: len({i.reads or i.name for i in facts.inputs})),
    "merges": NamedFact("Merges", lambda facts: len(facts.merges)),
    "strategies": NamedFact(
        "Merge strategies", lambda facts: tuple(kind_of(type(m)) for m in facts.merges)
    ),
    "on_every_way": NamedFact("Merges on every way from an input", _on_every_way),
    "joins_all": NamedFact("The merge that reads each input itself", _joins_all),
    "source_dropout": NamedFact("Modality dropout on every way from an input", _least_dropout),
    "encoders": NamedFact(
        "Encoders", lambda facts: tuple(kind_of(type(i.encoder)) for i in facts.inputs)
    ),
    "layers_after_merge": NamedFact("Layers after the merge", _layers_after),
    "steps_at_merge": NamedFact("Steps where inputs meet", _steps_at_merge),
    "attention_keys": NamedFact("Steps that attention chooses from", _attention_keys),
    "additive": NamedFact(
        "Only adds up functions of one input each",
        lambda facts: only_adds(facts.graph, facts.reached.name),
    ),
    "multiplies": NamedFact(
        "Multiplies values of different inputs", lambda facts: multiplies(facts.leading)
    ),
    "heads": NamedFact("Heads", lambda facts: len(facts.architecture.heads)),
}
"""Facts with a name. `additive`: the head's score is a sum of functions of one input each.
`multiplies`: a layer multiplies values of different inputs.
"""


def _values(data: Any, path: list[str]) -> list[Any]:
    """Return the values at a path."""
    if not path:
        return [data]
    step, rest = path[0], path[1:]
    return [value for item in _steps(data, step) for value in _values(item, rest)]


def _steps(data: Any, step: str) -> list[Any]:
    """Return the values at one step of a path."""
    if isinstance(data, Mapping):
        if step == ANY:
            return list(data.values())
        return [data[step]] if step in data else []
    if isinstance(data, list):
        if step == ANY:
            return data
        if step.isdecimal():
            return data[int(step) : int(step) + 1]
        return [item for item in data if isinstance(item, Mapping) and item.get("name") == step]
    return []
