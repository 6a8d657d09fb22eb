"""A model in words: a long caption, and the short one that stands for a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.core.graph import Graph, Group
from components.core.text import join_names
from components.render import blocks, formatting

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MOST = 6
"""Parts or layers that are named one by one; more are counted."""


def text(graph: Graph) -> str:
    """What the model is made of, in sentences: branches, merges, trunk, heads, parameters."""
    total = sum(node.parameters for node in graph.nodes)
    said = [
        *_branches(graph),
        *_merges(graph),
        *_trunk(graph),
        *_heads(graph),
        *_unfit(graph),
        _weights(graph, total),
    ]
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in said)


def alt(graph: Graph) -> str:
    """One short sentence in place of a picture."""
    branches, merges, heads = (_of(graph, role) for role in ("branch", "merge", "head"))
    parts = []
    if branches:
        alone = _chains(branches) == len(branches)
        parts = [_counted(branches, "branch", "branches") if alone else _blocks(branches)]
    if merges:
        parts.append(f"merged by {join_names([m.note or m.title for m in merges], MOST - 1)}")
    elif _chains(branches) > 1:
        parts.append("not merged")
    if heads:
        parts.append(_counted(heads, "head", "heads"))
    if not parts:
        parts = [_number(len(graph.drawn().nodes), "layer", "layers")]
    return f"Diagram of {graph.name}: {', '.join(parts)}."


def _branches(graph: Graph) -> list[str]:
    found = _of(graph, "branch")
    if not found:
        return []
    if _chains(found) < len(found):
        names = join_names([group.title for group in found], MOST - 1)
        return [f"{_blocks(found)}: {names}"]
    said = [_branch(graph, group) for group in found[:MOST]]
    if len(found) > MOST:
        said.append(f"{len(found) - MOST} more")
    between = "; " if any("," in part for part in said) else ", "
    return [f"{_number(len(found), 'branch', 'branches')}: {between.join(said)}"]


def _branch(graph: Graph, group: Group) -> str:
    node = blocks.block_graph(graph)[group.id]
    kind = f", {group.note}" if group.note and group.note != group.title else ""
    takes = blocks.input_shapes(node)
    shape = f" of {formatting.shape(takes[0])}" if len(takes) == 1 else ""
    held = blocks.layer_counts(node)
    if node.shares:
        return f"{group.title}{kind}{shape} through the layers of {graph.group(node.shares).title}"
    if not held:
        return f"{group.title}{kind}{shape} as it is"
    return f"{group.title}{kind}{shape} through {_layers(held)}"


def _layers(held: Mapping[str, int]) -> str:
    names = [f"{count} {name}" if count > 1 else name for name, count in held.items()]
    if len(names) > MOST:
        return f"{sum(held.values())} layers"
    return join_names(names, MOST - 1)


def _merges(graph: Graph) -> list[str]:
    merges = _of(graph, "merge")
    if not merges:
        return ["Nothing merges them"] if _chains(_of(graph, "branch")) > 1 else []
    whole = blocks.block_graph(graph)
    said = []
    for group in merges[:MOST]:
        sources = [graph.group(source).title for source in whole[group.id].sources]
        by = f" by {group.note}" if group.note and group.note != group.title else ""
        said.append(f"{group.title} merges {join_names(sources, MOST - 1)}{by}")
    if len(merges) > MOST:
        said.append(f"{_number(len(merges) - MOST, 'more merge follows', 'more merges follow')}")
    return said


def _trunk(graph: Graph) -> list[str]:
    whole = blocks.block_graph(graph)
    return [
        f"{'the trunk' if group.title == 'trunk' else group.title} is "
        f"{_layers(blocks.layer_counts(whole[group.id]))}"
        for group in _of(graph, "trunk")[:MOST]
        if group.id in whole
    ]


def _heads(graph: Graph) -> list[str]:
    heads = _of(graph, "head")
    if not heads:
        return []
    whole = blocks.block_graph(graph)
    said = []
    for group in heads[:MOST]:
        loss = f" ({group.note})" if group.note else ""
        sources = [graph.group(source).title for source in whole[group.id].sources]
        said.append(f"{group.title}{loss} reads {join_names(sources, MOST - 1)}")
    if len(heads) > MOST:
        said.append(f"{len(heads) - MOST} more")
    return [f"{_number(len(heads), 'head', 'heads')}: {', '.join(said)}"]


def _unfit(graph: Graph) -> list[str]:
    failed = [graph.group(node.group).title for node in graph.nodes if node.state == "failed"]
    return (
        [f"{join_names(failed, MOST - 1)} {'does' if len(failed) == 1 else 'do'} not fit"]
        if failed
        else []
    )


def _weights(graph: Graph, total: int) -> str:
    unknown = any("parameters" in node.unknown for node in graph.nodes)
    if not total:
        return "unknown parameters" if unknown else "no parameters"
    most = max(blocks.block_graph(graph).nodes, key=lambda node: node.parameters)
    share = formatting.share(most.parameters, total)
    where = f", {share} of them in {most.layer}" if most.parameters < total else ""
    count = f"{total:,} {'parameter' if total == 1 else 'parameters'}{where}"
    return f"{count}, and those of unknown layers" if unknown else count


def _chains(branches: Sequence[Group]) -> int:
    """How many branches there are: blocks of one hue follow the same input."""
    return len({group.hue for group in branches})


def _blocks(branches: Sequence[Group]) -> str:
    count = _number(_chains(branches), "branch", "branches")
    return f"{count} of {_number(len(branches), 'block', 'blocks')}"


def _of(graph: Graph, role: str) -> list[Group]:
    seen = {node.group for node in graph.nodes}
    return [group for group in graph.groups if group.role == role and group.id in seen]


def _counted(groups: Sequence[Group], one: str, many: str) -> str:
    names = [group.title for group in groups]
    shown = f" ({', '.join(names)})" if len(names) <= MOST else ""
    return f"{_number(len(names), one, many)}{shown}"


def _number(count: int, one: str, many: str) -> str:
    said = _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
    return f"{said} {one if count == 1 else many}"
