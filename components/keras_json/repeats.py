"""Finds what repeats in a model: blocks of the same layers that are connected in the same way.

A set of layers that end blocks divides a model: each layer belongs to the first end that it leads
to. So blocks never form a cycle. The ends are those that describe the model in the fewest words:
each kind of block is described once, and each block named. Layers that join paths are tried first:
that is where people see a block end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise, product

from components.core.graph import Node

WEIGHT = 2
"""What one more block costs, in layers of a description."""
LEAST = 3
"""The least number of blocks that is worth a division."""
READS = (1, 0)
"""What each tensor costs that a block reads from another; 0 is tried where 1 divides nothing."""
MOST_TRIED = 200
"""Layers of a block in which an end of its own is looked for."""

Block = list[int]
"""Positions of layers, in order."""
Kind = tuple[int, ...]
"""Equal for blocks of the same layers, connected in the same way."""


def repeated_blocks(nodes: Sequence[Node], most: int) -> list[list[Node]]:
    """The nodes in at most `most` blocks, each after those it reads; one if nothing repeats."""
    for reads, joins, limit in product(READS, (True, False), (most, len(nodes))):
        structure = _Structure(nodes, reads)
        blocks = structure.joined(structure.division(limit, joins), most)
        few = LEAST <= len(blocks) <= most and 2 * max(map(len, blocks)) <= len(nodes)
        if few and structure.cost(blocks) < structure.cost([structure.all]):
            return [[nodes[position] for position in block] for block in blocks]
    return [list(nodes)]


class _Structure:
    """The layers by their positions, with those they read and those that read them."""

    def __init__(self, nodes: Sequence[Node], reads: int) -> None:
        self._cost_of_reads = reads
        positions = {node.id: position for position, node in enumerate(nodes)}
        self.all: Block = list(range(len(nodes)))
        self._layers = [node.layer for node in nodes]
        self._sources = [[positions.get(source, -1) for source in node.sources] for node in nodes]
        self._readers: list[list[int]] = [[] for _ in nodes]
        for position, sources in enumerate(self._sources):
            for source in sources:
                if source >= 0:
                    self._readers[source].append(position)
        self._codes: dict[tuple[str, tuple[int, ...]], int] = {}

    def division(self, most: int, joins: bool) -> list[Block]:
        """The best division, into at most `most` blocks unless joins alone make more.

        With `joins`, blocks end only where paths meet.
        """
        candidates = self._candidates(joins)
        starts = candidates if joins else [set[int]()]
        tried = (self._divided(most, candidates, start) for start in starts)
        return min(tried, key=self.cost, default=[self.all])

    def joined(self, blocks: Sequence[Block], most: int) -> Sequence[Block]:
        """The blocks, at most `most` if they repeat: the most frequent neighbours are made one."""
        row: list[tuple[object, Block]] = [(self._kind(block), block) for block in blocks]
        while len(row) > most:
            pair, count = Counter(pairwise(kind for kind, _ in row)).most_common(1)[0]
            if count < 2:
                break
            joined = row[:1]
            for kind, block in row[1:]:
                before, inside = joined[-1]
                if (before, kind) == pair:
                    joined[-1] = pair, inside + block
                else:
                    joined.append((kind, block))
            row = joined
        return [block for _, block in row]

    def _divided(self, most: int, candidates: Sequence[set[int]], start: set[int]) -> list[Block]:
        """The ends that make the division cheapest are added to those of the start, in turn."""
        ends = start
        blocks = self._blocks(ends)
        cost = self.cost(blocks)
        while candidates:
            tried = [(self._blocks(ends | more), more) for more in candidates]
            allowed = [(self.cost(b), b, more) for b, more in tried if len(b) <= most]
            least = min(allowed, key=lambda each: each[0], default=None)
            if least is None or least[0] >= cost:
                break
            cost, blocks, chosen = least
            ends = ends | chosen
            candidates = [more for more in candidates if not more <= ends]
        return self._with_single_ends(blocks, most)

    def cost(self, blocks: Sequence[Block]) -> int:
        """Layers of all kinds of blocks, and what the blocks and the tensors they read cost."""
        kinds = {self._kind(block) for block in blocks}
        reads = self._cost_of_reads * sum(map(self._reads, blocks))
        return sum(map(len, kinds)) + WEIGHT * len(blocks) + reads

    def _reads(self, block: Block) -> int:
        """How many tensors a block reads from others."""
        within = set(block)
        return len({s for position in block for s in self._sources[position]} - within - {-1})

    def _candidates(self, joins: bool) -> list[set[int]]:
        """Sets of similar layers: of one kind and as many sources, or behind the same kind."""
        similar: dict[tuple[str, object], set[int]] = defaultdict(set)
        for position, (layer, sources) in enumerate(zip(self._layers, self._sources, strict=True)):
            if len(sources) > joins:
                similar[layer, len(sources)].add(position)
                before = self._layers[sources[0]] if sources[0] >= 0 else ""
                similar[layer, before].add(position)
        return [positions for positions in similar.values() if len(positions) > 1]

    def _blocks(self, ends: set[int]) -> list[Block]:
        """Each layer with the first end that it leads to; the rest leads to none."""
        none = len(self._layers)
        owners = [none] * none
        for position in reversed(self.all):
            readers = self._readers[position]
            first = min((owners[reader] for reader in readers), default=none)
            owners[position] = position if position in ends else first
        blocks: dict[int, Block] = defaultdict(list)
        for position, owner in enumerate(owners):
            blocks[owner].append(position)
        return [blocks[owner] for owner in sorted(blocks)]

    def _kind(self, block: Block) -> Kind:
        codes: dict[int, int] = {}
        for position in block:
            reads = tuple(sorted(codes.get(source, -1) for source in self._sources[position]))
            key = (self._layers[position], reads)
            codes[position] = self._codes.setdefault(key, len(self._codes))
        return tuple(sorted(codes.values()))

    def _with_single_ends(self, blocks: Sequence[Block], most: int) -> list[Block]:
        """Divide blocks that differ from all others, where a part of them is one of the others."""
        known = Counter(self._kind(block) for block in blocks)
        result: list[Block] = []
        for position, block in enumerate(blocks):
            room = most - len(result) - (len(blocks) - position)
            unique = known[self._kind(block)] == 1
            if unique and room > 0 and len(blocks) > 1 and len(block) <= MOST_TRIED:
                result.extend(self._divided_at_one_end(block, known))
            else:
                result.append(block)
        return result

    def _divided_at_one_end(self, block: Block, known: Mapping[Kind, int]) -> list[Block]:
        within = set(block)
        for end in block[:-1]:
            before = self._leading_to(end, within)
            first = [position for position in block if position in before]
            rest = [position for position in block if position not in before]
            if rest and len(rest) > WEIGHT and known.get(self._kind(rest)):
                return [first, rest]
        return [block]

    def _leading_to(self, end: int, within: set[int]) -> set[int]:
        """The end and all layers of a block that it depends on."""
        before, waiting = {end}, [end]
        while waiting:
            for source in self._sources[waiting.pop()]:
                if source in within and source not in before:
                    before.add(source)
                    waiting.append(source)
        return before
