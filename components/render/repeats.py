"""Repeated layers of a part drawn once: blocks of the same layers, one after another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from components.core.graph import Graph, Node


@dataclass(frozen=True)
class RepeatedRun:
    """A block of `length` layers that stands `times` times in a row, from position `first`."""

    first: int
    length: int
    times: int

    @property
    def end(self) -> int:
        """The position after its last layer."""
        return self.first + self.length * self.times

    @property
    def saved(self) -> int:
        """The number of layers that a picture need not draw."""
        return self.length * (self.times - 1)


def without_repeats(graph: Graph) -> Graph:
    """The graph with the first of equal blocks alone, whose layers know how often it stands."""
    stands_for: dict[str, str] = {}
    times: dict[str, tuple[str, int]] = {}
    readers: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges():
        readers[edge.source].add(edge.target)
    for group in graph.groups:
        members = graph.members(group.id)
        for run in _runs(members, readers):
            for position in range(run.first, run.end):
                first = members[run.first + (position - run.first) % run.length]
                stands_for[members[position].id] = first.id
                times[first.id] = members[run.first].id, run.times
    kept = []
    for node in graph.nodes:
        if stands_for.get(node.id, node.id) == node.id:
            block, count = times.get(node.id, ("", 1))
            sources = node.sources
            if not block:
                sources = tuple(stands_for.get(source, source) for source in sources)
            shares = stands_for.get(node.shares, node.shares) if node.shares else None
            kept.append(replace(node, sources=sources, shares=shares, run=block, times=count))
    return replace(graph, nodes=tuple(kept))


def _runs(nodes: Sequence[Node], readers: Mapping[str, set[str]]) -> list[RepeatedRun]:
    positions = {node.id: position for position, node in enumerate(nodes)}
    runs, start = [], 0
    while start < len(nodes):
        lengths = range(1, (len(nodes) - start) // 2 + 1)
        tried = [_run(nodes, positions, readers, start, length) for length in lengths]
        best = max(tried, key=lambda run: run.saved, default=None)
        if best is None or not best.saved:
            start += 1
            continue
        turned = [
            _run(nodes, positions, readers, start + by, best.length) for by in range(best.length)
        ]
        as_good = [run for run in turned if run.saved == best.saved]
        runs.append(min(as_good, key=lambda run: len(_read(run, nodes))))
        start = runs[-1].end
    return runs


def _read(run: RepeatedRun, nodes: Sequence[Node]) -> set[str]:
    """What the first block reads from outside: the fewest where it begins as people see it."""
    block = nodes[run.first : run.first + run.length]
    return {source for node in block for source in node.sources} - {node.id for node in block}


def _run(
    nodes: Sequence[Node],
    positions: Mapping[str, int],
    readers: Mapping[str, set[str]],
    first: int,
    length: int,
) -> RepeatedRun:
    """As many equal blocks as follow each other; only the last one may be read from outside."""
    times = 1
    while first + (times + 1) * length <= len(nodes):
        start = first + times * length
        within = {node.id for node in nodes[first : start + length]}
        same = all(
            _are_equal(nodes[first + step], nodes[start + step], positions)
            and readers[nodes[start - length + step].id] <= within
            for step in range(length)
        )
        if not same:
            break
        times += 1
    return RepeatedRun(first, length, times)


def _are_equal(one: Node, other: Node, positions: Mapping[str, int]) -> bool:
    """Whether two layers are alike, and read the same or what stands as far before them."""
    apart = positions[other.id] - positions[one.id]
    if any(
        getattr(one, name) != getattr(other, name)
        for name in ("layer", "shape", "parameters", "state", "arguments")
    ):
        return False
    return len(one.sources) == len(other.sources) and all(
        a == b or (a in positions and b in positions and positions[b] - positions[a] == apart)
        for a, b in zip(one.sources, other.sources, strict=True)
    )
