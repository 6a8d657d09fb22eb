"""Equal blocks of layers in a row, such as those of a transformer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from components.models.language.graph import Node

Traits = Callable[[Node], Hashable]
"""Function that returns a key which equal layers share, apart from their connections."""


@dataclass(frozen=True)
class RepeatedRun:
    """Block of `length` layers that is repeated `times` times in a row, from position `first`."""

    first: int
    length: int
    times: int

    @property
    def end(self) -> int:
        """Position after its last layer."""
        return self.first + self.length * self.times

    @property
    def saved(self) -> int:
        """Number of layers that a picture need not draw."""
        return self.length * (self.times - 1)


def repeated_runs(
    nodes: Sequence[Node],
    traits: Traits,
    readers: Mapping[str, set[str]] | None = None,
    longest: int | None = None,
) -> list[RepeatedRun]:
    """Return the runs of equal blocks in order; those that save most layers are chosen first.

    Blocks begin where the first one reads the fewest layers from outside. They end where paths meet
    or are pooled, if possible, and then as late as possible, otherwise as early as possible. With
    `readers`, only the last block of a run is read from outside. A block has at most `longest`
    layers.
    """
    stretches = list(_equal_stretches(nodes, traits, longest or len(nodes)))
    reach = _last_readers(nodes, readers) if readers else [0] * len(nodes)
    runs, waiting = list[RepeatedRun](), [(0, len(nodes))]
    while waiting:
        start, end = waiting.pop()
        best: list[RepeatedRun] = []
        for length, first, last in stretches:
            for position in range(max(first, start), min(last, end) - 2 * length + 1):
                most = (min(last, end) - position) // length
                if best and length * (most - 1) < best[0].saved:
                    break
                run = RepeatedRun(
                    position, length, _times_until_read(reach, position, length, most)
                )
                if run.saved and (not best or run.saved >= best[0].saved):
                    best = [*(other for other in best if other.saved == run.saved), run]
        if best:
            runs.append(min(best, key=lambda run: _beginning(nodes, run)))
            waiting += [(start, runs[-1].first), (runs[-1].end, end)]
    return sorted(runs, key=lambda run: run.first)


def _equal_stretches(
    nodes: Sequence[Node], traits: Traits, longest: int
) -> Iterator[tuple[int, int, int]]:
    """Yield `length`, start and end of stretches that equal the layers `length` positions later."""
    positions = {node.id: position for position, node in enumerate(nodes)}
    alike = [(traits(node), len(node.sources)) for node in nodes]
    reads = [
        [(id, positions[id] - own if id in positions else id) for id in node.sources]
        for own, node in enumerate(nodes)
    ]

    def are_equal(one: int, other: int) -> bool:
        """Return `True` if two layers read the same, or layers at the same distance before them."""
        pairs = zip(reads[one], reads[other], strict=True)
        return all(a == b or where == there for (a, where), (b, there) in pairs)

    for length in range(1, min(longest, len(nodes) // 2) + 1):
        equal = (
            alike[position] == alike[position + length] and are_equal(position, position + length)
            for position in range(len(nodes) - length)
        )
        for is_equal, stretch in groupby(enumerate(equal), key=lambda pair: pair[1]):
            equals = [position for position, _ in stretch] if is_equal else []
            if len(equals) >= length:
                yield length, equals[0], equals[-1] + 1 + length


def _last_readers(nodes: Sequence[Node], readers: Mapping[str, set[str]]) -> list[int]:
    """Return the position of each layer's last reader; the end if it is not one of them."""
    positions = {node.id: position for position, node in enumerate(nodes)}
    return [
        max((positions.get(reader, len(nodes)) for reader in readers.get(node.id, ())), default=0)
        for node in nodes
    ]


def _times_until_read(reach: Sequence[int], first: int, length: int, most: int) -> int:
    """Return the number of blocks in a run: up to the first with readers beyond the next one."""
    for times in range(1, most):
        start = first + (times - 1) * length
        if max(reach[start : start + length]) >= start + 2 * length:
            return times
    return most


def _beginning(nodes: Sequence[Node], run: RepeatedRun) -> tuple[int, bool, int]:
    """Return the sort key of a run's beginning; the best has the smallest."""
    block = nodes[run.first : run.first + run.length]
    outside = {source for node in block for source in node.sources} - {node.id for node in block}
    last = block[-1]
    # In a block, a Multiply is a gate.
    joins = len(set(last.sources)) > 1 and last.layer != "Multiply"
    ends = joins or "Pooling" in last.layer
    return len(outside), not ends, -run.first if ends else run.first
