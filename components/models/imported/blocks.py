"""Division of an imported model's layers into blocks: by inner model, by name, or by structure.

Blocks never form a cycle, and there are at most `MOST` of them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from components.base.text import plural
from components.models.language.graph import Group, Node, Role
from components.models.language.repeats import RepeatedRun, repeated_runs

MOST = 40
"""Maximum number of blocks in a picture. Larger models are divided by stage or by repetition."""
NAMED = 0.9
"""Minimum share of layers with a block in their name; with fewer, structure defines the blocks."""
LONG = 12
"""Maximum number of layers in a run that is not divided further."""
LEAST = 3
"""Minimum number of blocks in a division by structure."""
WEIGHT = 2
"""Number of layers that each of several equal blocks must save to be worth a box in a picture."""

_BLOCK_NAME = re.compile(
    r"""^(?:.*?[_/.])??(
        expanded_conv(?:_\d+)?(?=[_/.]|$)
      | stage[_/.]?\d+[_/.][a-z]*block[_/.]?\d+[a-z]?(?=[_/.]|$)
      | conv\d+_block\d+(?=[_/.]|$)
      | (?:[a-z]+[_/.])*?(?:block|layer|cell|unit|mixed|module|group|res|stack)
        [_/.]?\d+[a-z]?(?=[_/.]|$)
    )""",
    re.I | re.X,
)
"""Part of a layer's name that identifies its block."""
_STAGE_NAME = re.compile(
    r"^(?:.*?[_/.])??((?:stage|conv|block|layer|group|stack)[_/.]?\d+)(?=[a-z]?(?:[_/.]|$))", re.I
)
"""Part of a block's name that identifies its stage, such as `conv4` in `conv4_block6`."""
_POOLS = ("Pooling", "Flatten", "GlobalAverage", "GlobalMax")

Key = tuple[str, ...]


@dataclass(frozen=True)
class BlockContext:
    """Facts about nodes that `divide` needs besides the graph."""

    paths: Mapping[str, tuple[str, ...]]
    """Inner models that contain each node, outermost first."""
    feeds: Mapping[str, int]
    """Inputs that each node depends on, as a bit mask."""
    outputs: frozenset[str]
    titles: Mapping[str, str]
    """Names of inner models by their ids."""
    depth: int = 0
    """Number of inner models that are open around the nodes."""


def divide(
    nodes: Sequence[Node], about: BlockContext
) -> tuple[tuple[Node, ...], tuple[Group, ...]]:
    """Divide nodes into blocks. Return the nodes with their groups, and the groups in order."""

    @cache
    def keys_by(pattern: re.Pattern[str] | None) -> dict[str, Key]:
        return _without_cycles(nodes, _keys_by_name(nodes, about, pattern))

    for pattern in (_BLOCK_NAME, _STAGE_NAME):
        keys = keys_by(pattern if any(_match_own_name(node, pattern) for node in nodes) else None)
        if _names_divide_well(keys):
            return _make_groups(nodes, keys, about)
    by_structure = keys_by(None)
    if len(set(by_structure.values())) >= LEAST or len(set(keys.values())) > MOST:
        keys = by_structure
    if len(set(keys.values())) > MOST:
        keys = _without_cycles(nodes, _merge_runs(nodes, keys))
    return _make_groups(nodes, keys, about)


def _names_divide_well(keys: Mapping[str, Key]) -> bool:
    """Return `True` for few blocks, most layers in named ones, and no more than half in any."""
    named = Counter(key for key in keys.values() if key[0] in ("name", "model"))
    few = len(set(keys.values())) <= MOST
    return few and named.total() >= NAMED * len(keys) and 2 * max(named.values()) <= len(keys)


def _match_own_name(node: Node, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """Match a layer's name, unless it is the default name from Keras."""
    return None if named_by_keras(node) else pattern.match(node.keras_name)


def _keys_by_name(
    nodes: Sequence[Node], about: BlockContext, pattern: re.Pattern[str] | None
) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for node in nodes:
        path = about.paths[node.id][about.depth :]
        match = pattern and _match_own_name(node, pattern)
        if path:
            keys[node.id] = ("model", path[0])
        elif node.id in about.outputs and len(nodes) > 1:
            keys[node.id] = ("head", node.id)
        elif match and node.layer != "InputLayer":
            keys[node.id] = ("name", match[1], f"{about.feeds[node.id]:x}")
    _fill_gaps(nodes, keys)
    _add_runs(nodes, keys, about)
    return keys


def _fill_gaps(nodes: Sequence[Node], keys: dict[str, Key]) -> None:
    """Assign a layer without a key to a block if the nearest keys before and after are its key."""
    readers = _readers(nodes)
    sources = {node.id: [s for s in node.sources if s in readers] for node in nodes}
    before = _nearest(nodes, sources, keys)
    after = _nearest(nodes[::-1], readers, keys)
    for node in nodes:
        near = before[node.id] | after[node.id]
        (one,) = near if len(near) == 1 else (None,)
        if node.id not in keys and one is not None and one[0] == "name":
            keys[node.id] = one


def _nearest(
    nodes: Sequence[Node], next_to: Mapping[str, Sequence[str]], keys: Mapping[str, Key]
) -> dict[str, set[Key | None]]:
    """Return up to two keys next to each node on its paths; `None` for a path without a key."""
    nearest: dict[str, set[Key | None]] = {}
    for node in nodes:
        near: set[Key | None] = set()
        for id in next_to[node.id]:
            near |= {keys[id]} if id in keys else nearest[id]
        nearest[node.id] = set(sorted(near or {None}, key=repr)[:2])
    return nearest


def _add_runs(nodes: Sequence[Node], keys: dict[str, Key], about: BlockContext) -> None:
    """Group the remaining layers by connection and by the inputs they depend on; divide repeats."""
    loose = [node for node in nodes if node.id not in keys]
    ids = {node.id for node in loose}
    root: dict[str, str] = {}

    def top(id: str) -> str:
        while root[id] != id:
            root[id] = root[root[id]]
            id = root[id]
        return id

    for node in loose:
        root[node.id] = node.id
        for source in node.sources:
            if source in ids and about.feeds[source] == about.feeds[node.id]:
                root[top(source)] = top(node.id)
    parts: dict[str, list[Node]] = defaultdict(list)
    for node in loose:
        parts[top(node.id)].append(node)
    readers = _readers(nodes)
    for part in parts.values():
        for run in _repeated_blocks(part, readers):
            for node in run:
                keys[node.id] = ("run", run[0].id)


def _repeated_blocks(
    part: Sequence[Node], readers: Mapping[str, list[str]]
) -> Sequence[Sequence[Node]]:
    """Divide a part into its repeated blocks and the layers between them, cut at equal joins.

    Neighbouring repeats are merged until there are at most `MOST` blocks.
    """
    runs = _worthwhile_runs(part)
    kinds = {_join(part[run.first + run.length - 1]) for run in runs} - {None}
    cuts = [position + 1 for position, node in enumerate(part) if _join(node) in kinds]
    for together in range(1, 1 + max((run.times for run in runs), default=1)):
        blocks, done = list[Sequence[Node]](), 0
        for run in [*runs, RepeatedRun(len(part), 1, 0)]:
            for start, end in pairwise(sorted({done, run.first, *cuts})):
                if done <= start < run.first:
                    blocks += _split_part(part[start:end], readers)
            step = run.length * together
            blocks += [
                part[start : min(start + step, run.end)]
                for start in range(run.first, run.end, step)
            ]
            done = run.end
        if len(blocks) <= MOST:
            break
    if len(blocks) == 1 and len(part) > 2 * LONG:
        paths = _split_at_joins(part, readers)
        return paths if 2 * len(paths) <= len(part) else blocks
    return blocks


def _join(node: Node) -> tuple[str, int] | None:
    """Return a joining layer's kind and number of sources; `None` with fewer than two sources."""
    count = len(set(node.sources))
    return (node.layer, count) if count > 1 else None


def _worthwhile_runs(part: Sequence[Node], longest: int = 2 * LONG) -> list[RepeatedRun]:
    """Return the runs whose blocks are worth a box: short blocks first, then those between them."""
    runs = [
        run
        for run in repeated_runs(part, lambda node: node.layer, longest=longest)
        if run.saved > WEIGHT * run.times
    ]
    if longest < len(part):
        starts, ends = [*(run.first for run in runs), len(part)], [0, *(run.end for run in runs)]
        for end, start in zip(ends, starts, strict=True):
            between = _worthwhile_runs(part[end:start], 2 * longest)
            runs += [replace(run, first=end + run.first) for run in between]
    return sorted(runs, key=lambda run: run.first)


def _split_part(part: Sequence[Node], readers: Mapping[str, list[str]]) -> Iterator[list[Node]]:
    """Yield runs of a part; each ends at a node whose output is the only tensor that goes on."""
    positions = {node.id: position for position, node in enumerate(part)}
    run: list[Node] = []
    farthest = -1
    last = len(part) - 1
    for position, node in enumerate(part):
        run.append(node)
        neck = farthest <= position
        inside = [positions[reader] for reader in readers[node.id] if reader in positions]
        farthest = max([farthest, *inside])
        meets = len(set(node.sources)) > 1
        pools = node.layer.startswith(_POOLS) or "Pooling" in node.layer
        enough = len(run) >= LONG if not (meets or pools) else len(run) > 1
        if neck and position < last - 1 and enough and (meets or len(part) > LONG):
            yield run
            run = []
    if run:
        yield run


def _split_at_joins(
    part: Sequence[Node], readers: Mapping[str, list[str]]
) -> Sequence[Sequence[Node]]:
    """Divide a part at its joins, with the paths that lead to each.

    Each layer belongs to the first join or end that it leads to.
    """
    joins = {node.id for node in part if len(set(node.sources)) > 1}
    ends: dict[str, int] = {}
    blocks: dict[int, list[Node]] = defaultdict(list)
    for position, node in reversed([*enumerate(part)]):
        after = [id for id in readers[node.id] if id in ends]
        is_end = not after or node.id in joins or not joins.isdisjoint(after)
        ends[node.id] = position if is_end else min(ends[id] for id in after)
        blocks[ends[node.id]].insert(0, node)
    return [blocks[end] for end in sorted(blocks)]


def _merge_runs(nodes: Sequence[Node], keys: Mapping[str, Key]) -> dict[str, Key]:
    """Merge consecutive blocks until at most `MOST` are left."""
    order = list(dict.fromkeys(keys[node.id] for node in nodes))
    each = -(-len(order) // MOST)
    chunk = {key: ("several", str(position // each)) for position, key in enumerate(order)}
    return {node.id: chunk[keys[node.id]] for node in nodes}


def _without_cycles(nodes: Sequence[Node], keys: Mapping[str, Key]) -> dict[str, Key]:
    """Divide blocks on a cycle into runs in the order of the nodes, and return the keys."""
    keys = dict(keys)
    while circle := _cyclic_blocks(nodes, keys):
        run, before = 0, None
        for node in nodes:
            key = keys[node.id]
            if key != before:
                run, before = run + 1, key
            if key in circle:
                keys[node.id] = (*key[:3], f"part {run}")
    return keys


def _cyclic_blocks(nodes: Sequence[Node], keys: Mapping[str, Key]) -> set[Key]:
    """Return the blocks on cycles or between cycles."""
    reads = _reads(nodes, keys)
    readers: dict[Key, set[Key]] = {key: set() for key in reads}
    for key, sources in reads.items():
        for source in sources:
            readers[source].add(key)
    return _without_order(reads) & _without_order(readers)


def _without_order(before: Mapping[Key, set[Key]]) -> set[Key]:
    """Return the blocks that can't be sorted after their predecessors."""
    order = TopologicalSorter(before)
    with suppress(CycleError):
        order.prepare()
    left = set(before)
    while ready := order.get_ready():
        left -= set(ready)
        order.done(*ready)
    return left


def _reads(nodes: Sequence[Node], keys: Mapping[str, Key]) -> dict[Key, set[Key]]:
    """Return the other blocks that each block reads."""
    reads: dict[Key, set[Key]] = {keys[node.id]: set() for node in nodes}
    for node in nodes:
        own = keys[node.id]
        reads[own] |= {keys[s] for s in node.sources if s in keys and keys[s] != own}
    return reads


def _readers(nodes: Sequence[Node]) -> dict[str, list[str]]:
    """Return the given nodes that read each node."""
    readers: dict[str, list[str]] = {node.id: [] for node in nodes}
    for node in nodes:
        for source in node.sources:
            if source in readers:
                readers[source].append(node.id)
    return readers


def _make_groups(
    nodes: Sequence[Node], keys: Mapping[str, Key], about: BlockContext
) -> tuple[tuple[Node, ...], tuple[Group, ...]]:
    members: dict[Key, list[Node]] = defaultdict(list)
    for node in nodes:
        members[keys[node.id]].append(node)
    groups: list[Group] = []
    ids: dict[Key, str] = {}
    taken = Counter[str]()
    for position, key in enumerate(_block_order(_reads(nodes, keys))):
        inside = members[key]
        ids[key] = f"block_{position}"
        title = block_title(key, inside, about.titles)
        taken[title] += 1
        if taken[title] > 1:
            title = f"{title} ({taken[title]})"
        feeds = about.feeds[inside[-1].id]
        role = _role(key, inside, keys, about)
        hue = max(feeds.bit_length() - 1, 0) if role == "branch" else 0
        groups.append(Group(ids[key], role, title, hue, _layer_count(inside)))
    return tuple(replace(node, group=ids[keys[node.id]]) for node in nodes), tuple(groups)


def _block_order(reads: Mapping[Key, set[Key]]) -> dict[Key, None]:
    """Sort the blocks so that each comes after those it reads."""
    order: dict[Key, None] = {}
    for start in reads:
        path = [start]
        while path:
            following = next((key for key in sorted(reads[path[-1]]) if key not in order), None)
            if following is None:
                order[path.pop()] = None
            else:
                path.append(following)
    return order


def _layer_count(inside: Sequence[Node]) -> str:
    layers = len([node for node in inside if node.layer != "InputLayer"])
    return plural(layers, "layer") if layers > 1 else ""


def _role(key: Key, inside: Sequence[Node], own: Container[str], about: BlockContext) -> Role:
    if key[0] == "head":
        return "head"
    if about.feeds[inside[-1].id].bit_count() == 1:
        return "branch"
    for node in inside:
        sources = [about.feeds[s] for s in node.sources if s in own]
        if len(set(sources)) > 1 and about.feeds[node.id] not in sources:
            return "merge"
    return "trunk"


MOST_NAMES = Fraction(2, 3)
"""Minimum share of a block's own layer names that must contain a word of its title."""

SHORT = 3
"""Maximum number of words if a layer's name is used as the title of its block."""

Words = tuple[str, ...]


def block_title(key: Words, inside: Sequence[Node], models: Mapping[str, str]) -> str:
    """Return the title of a block by its key; `models` maps ids of inner models to names."""
    entering = [node.keras_name for node in inside if node.layer == "InputLayer"]
    if key[0] == "model":
        return models.get(key[1], key[1])
    if key[0] == "name":
        return spaced(key[1])
    if key[0] == "head":
        return inside[0].keras_name
    if entering:
        return entering[0]
    if len(inside) == 1:
        return inside[0].layer
    return common_name(inside) or kinds_text(inside)


def common_name(inside: Sequence[Node]) -> str:
    """Return the words shared by most layer names, or a short name of the last layer.

    Default names from Keras, such as `conv2d_5`, don't count, nor do words for kinds of layers.
    """
    own = [node for node in inside if not named_by_keras(node)]
    names = [_words(node.keras_name) for node in own]
    start = _shared_start(names)
    rest = [name[len(start) :] for name in names]
    end = _shared_start([name[::-1] for name in rest])[::-1]
    inner = [name[: len(name) - len(end)] for name in rest]
    shared = (*start, *(word for word in _frequent(inner) if not word.isdigit()), *end)
    common = " ".join(_without_kinds(shared, {node.layer for node in inside}))
    last = _words(inside[-1].keras_name) if inside[-1] in own else ()
    return common or (" ".join(last) if len(last) <= SHORT else "")


def kinds_text(inside: Sequence[Node]) -> str:
    """Return attention or the most frequent kind with weights, and the kind of the last layer."""
    heavy = [n for n in inside if n.parameters and not n.layer.endswith("Normalization")]
    counts = Counter(node.layer for node in heavy or inside)
    kind = max(counts, key=lambda kind: ("Attention" in kind, counts[kind]))
    count = counts[kind]
    first, last = f"{kind} ×{count}" if count > 1 else kind, inside[-1].layer
    return first if last == kind else f"{first}, {last}"


def _without_kinds(words: Sequence[str], kinds: Iterable[str]) -> Iterator[str]:
    """Yield words that are not kinds of layers; a number is kept only after a word that is."""
    known = {part.lower() for kind in kinds for part in re.findall("[A-Z]+[a-z]*", kind)}
    kept = False
    for word in words:
        kept = kept if word.isdigit() else re.sub(r"\d+d?$", "", word.lower()) not in known
        if kept:
            yield word


def spaced(name: str) -> str:
    """Return a name with spaces between its words: `conv2_block1` becomes `conv2 block1`."""
    return " ".join(_words(name)) or name


def _words(name: str) -> Words:
    return tuple(word for word in re.split(r"[_/.]+", name) if word)


def named_by_keras(node: Node) -> bool:
    """Return `True` if a layer has the default name that Keras gives to its kind."""
    letters = re.sub(r"_\d+$", "", node.keras_name).replace("_", "")
    return letters.lower() == node.layer.lower()


def _shared_start(names: Sequence[Words]) -> Words:
    """Return the longest start that most names share."""
    start: Words = ()
    while True:
        longer = Counter(name[: len(start) + 1] for name in names if len(name) > len(start))
        following = {words: count for words, count in longer.items() if words[:-1] == start}
        words = max(following, key=following.__getitem__, default=start)
        if words == start or following[words] < MOST_NAMES * len(names):
            return start
        start = words


def _frequent(names: Sequence[Words]) -> Iterator[str]:
    counts = Counter(word for name in names for word in dict.fromkeys(name))
    return (word for word, count in counts.items() if count >= MOST_NAMES * len(names))
