"""A model in words: a caption, and the alternative text of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.core.graph import Graph, Group
from components.core.text import join_names
from components.render import blocks, formatting
from components.render.options import DiagramOptions

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MOST = 6
"""The most parts or layers that are listed by name; more are counted."""


def text(graph: Graph) -> str:
    """The parts of the model in sentences: branches, merges, trunk, heads, parameters."""
    total = sum(node.parameters for node in graph.nodes)
    sentences = [
        *_branches(graph),
        *_merges(graph),
        *_trunk(graph),
        *_heads(graph),
        *_errors(graph),
        _parameters(graph, total),
    ]
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences)


def alt(graph: Graph) -> str:
    """The alternative text of a picture: one short sentence."""
    branches, merges, heads = (_groups_with(graph, role) for role in ("branch", "merge", "head"))
    parts = []
    if branches:
        alone = _branch_count(branches) == len(branches)
        parts = [_named_count(branches, "branch", "branches") if alone else _block_count(branches)]
    if merges:
        parts.append(f"merged by {join_names([m.note or m.title for m in merges], MOST - 1)}")
    elif _branch_count(branches) > 1:
        parts.append("not merged")
    if heads:
        parts.append(_named_count(heads, "head", "heads"))
    if not parts:
        parts = [_in_words(len(graph.drawn().nodes), "layer", "layers")]
    return f"Diagram of {graph.name}: {', '.join(parts)}."


def title(graph: Graph, options: DiagramOptions) -> str:
    """The title of a picture's file: its own, else the alternative text."""
    return options.title or alt(graph)


def description(graph: Graph, options: DiagramOptions) -> str:
    """The picture in sentences: the model, and the shares of its branches if they are drawn."""
    weights = f" {options.weights.text(graph)}" if options.weights else ""
    return f"{text(graph)}{weights}"


def _branches(graph: Graph) -> list[str]:
    branches = _groups_with(graph, "branch")
    if not branches:
        return []
    if _branch_count(branches) < len(branches):
        names = join_names([group.title for group in branches], MOST - 1)
        return [f"{_block_count(branches)}: {names}"]
    parts = [_branch(graph, group) for group in branches[:MOST]]
    if len(branches) > MOST:
        parts.append(f"{len(branches) - MOST} more")
    between = "; " if any("," in part for part in parts) else ", "
    return [f"{_in_words(len(branches), 'branch', 'branches')}: {between.join(parts)}"]


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
    merges = _groups_with(graph, "merge")
    if not merges:
        return ["Nothing merges them"] if _branch_count(_groups_with(graph, "branch")) > 1 else []
    whole = blocks.block_graph(graph)
    sentences = []
    for group in merges[:MOST]:
        sources = [graph.group(source).title for source in whole[group.id].sources]
        by = f" by {group.note}" if group.note and group.note != group.title else ""
        sentences.append(f"{group.title} merges {join_names(sources, MOST - 1)}{by}")
    if len(merges) > MOST:
        sentences.append(
            f"{_in_words(len(merges) - MOST, 'more merge follows', 'more merges follow')}"
        )
    return sentences


def _trunk(graph: Graph) -> list[str]:
    whole = blocks.block_graph(graph)
    return [
        f"{'the trunk' if group.title == 'trunk' else group.title} is "
        f"{_layers(blocks.layer_counts(whole[group.id]))}"
        for group in _groups_with(graph, "trunk")[:MOST]
        if group.id in whole
    ]


def _heads(graph: Graph) -> list[str]:
    heads = _groups_with(graph, "head")
    if not heads:
        return []
    whole = blocks.block_graph(graph)
    parts = []
    for group in heads[:MOST]:
        loss = f" ({group.note})" if group.note else ""
        sources = [graph.group(source).title for source in whole[group.id].sources]
        parts.append(f"{group.title}{loss} reads {join_names(sources, MOST - 1)}")
    if len(heads) > MOST:
        parts.append(f"{len(heads) - MOST} more")
    return [f"{_in_words(len(heads), 'head', 'heads')}: {', '.join(parts)}"]


def _errors(graph: Graph) -> list[str]:
    failed = [graph.group(node.group).title for node in graph.nodes if node.state == "failed"]
    verb = "does" if len(failed) == 1 else "do"
    return [f"{join_names(failed, MOST - 1)} {verb} not fit"] if failed else []


def _parameters(graph: Graph, total: int) -> str:
    unknown = any("parameters" in node.unknown for node in graph.nodes)
    if not total:
        return "unknown parameters" if unknown else "no parameters"
    most = max(blocks.block_graph(graph).nodes, key=lambda node: node.parameters)
    share = formatting.share(most.parameters, total)
    where = f", {share} of them in {most.layer}" if most.parameters < total else ""
    count = f"{total:,} {'parameter' if total == 1 else 'parameters'}{where}"
    return f"{count}, and those of unknown layers" if unknown else count


def _branch_count(branches: Sequence[Group]) -> int:
    """Number of branches: blocks of one hue follow the same input."""
    return len({group.hue for group in branches})


def _block_count(branches: Sequence[Group]) -> str:
    count = _in_words(_branch_count(branches), "branch", "branches")
    return f"{count} of {_in_words(len(branches), 'block', 'blocks')}"


def _groups_with(graph: Graph, role: str) -> list[Group]:
    seen = {node.group for node in graph.nodes}
    return [group for group in graph.groups if group.role == role and group.id in seen]


def _named_count(groups: Sequence[Group], one: str, many: str) -> str:
    names = [group.title for group in groups]
    shown = f" ({', '.join(names)})" if len(names) <= MOST else ""
    return f"{_in_words(len(names), one, many)}{shown}"


def _in_words(count: int, one: str, many: str) -> str:
    number = _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
    return f"{number} {one if count == 1 else many}"
