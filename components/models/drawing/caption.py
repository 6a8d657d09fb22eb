"""Sentences about a model: a caption, and the alternative text of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.base.text import join_names, plural, spelled
from components.models.drawing import blocks, formatting
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import DiagramOptions
from components.models.language.graph import Graph, Group

MOST = 6
"""Largest number of parts or layers that are listed by name; more are counted."""


def text(graph: Graph) -> str:
    """Describe the parts of the model in sentences: branches, merges, trunk, heads, parameters."""
    whole = blocks.block_graph(graph)
    branches, merges, trunks, heads = (
        _groups_with(whole, role) for role in ("branch", "merge", "trunk", "head")
    )
    sentences = [_branches(whole, branches)] if branches else []
    for group in merges[:MOST]:
        by = f" by {note}" if (note := _own_note(group)) else ""
        sentences.append(f"{_reading(whole, group, 'merges')}{by}")
    if len(merges) > MOST:
        sentences.append(_in_words(len(merges) - MOST, "more merge follows", "more merges follow"))
    if not merges and _branch_count(branches) > 1:
        sentences.append("nothing merges them")
    for group in trunks[:MOST]:
        name = "the trunk" if group.title == "trunk" else group.title
        sentences.append(f"{name} is {_layers(blocks.layer_counts(whole[group.id]))}")
    if heads:
        listed = ", ".join(_listed([_head(whole, group) for group in heads]))
        sentences.append(f"{_in_words(len(heads), 'head', 'heads')}: {listed}")
    failed = [graph.group(node.group).title for node in graph.nodes if node.state == "failed"]
    if failed:
        verb = "does" if len(failed) == 1 else "do"
        sentences.append(f"{join_names(failed, MOST - 1)} {verb} not fit")
    sentences.append(_parameters(graph, whole))
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences)


def alt(graph: Graph) -> str:
    """Return the alternative text of a picture: one short sentence."""
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
    """Return the title of a picture's file: its own, otherwise the alternative text."""
    return options.title or alt(emphasised(graph, options))


def description(graph: Graph, options: DiagramOptions) -> str:
    """Describe the picture in sentences: the model, and the shares of branches if drawn."""
    shown = emphasised(graph, options)
    weights = f" {options.weights.text(shown)}" if options.weights else ""
    return f"{text(shown)}{weights}"


def _branches(whole: Graph, branches: Sequence[Group]) -> str:
    if _branch_count(branches) < len(branches):
        names = join_names([group.title for group in branches], MOST - 1)
        return f"{_block_count(branches)}: {names}"
    parts = _listed([_branch(whole, group) for group in branches])
    between = "; " if any("," in part for part in parts) else ", "
    return f"{_in_words(len(branches), 'branch', 'branches')}: {between.join(parts)}"


def _listed(parts: Sequence[str]) -> list[str]:
    """Return the first `MOST` parts, and the number of the others."""
    more = [f"{len(parts) - MOST} more"] if len(parts) > MOST else []
    return [*parts[:MOST], *more]


def _branch(whole: Graph, group: Group) -> str:
    node = whole[group.id]
    kind = f", {note}" if (note := _own_note(group)) else ""
    takes, held = blocks.input_shapes(node), blocks.layer_counts(node)
    shape = f" of {formatting.shape(takes[0])}" if len(takes) == 1 else ""
    through = f"through {_layers(held)}" if held else "as it is"
    if node.shares:
        through = f"through the layers of {whole.group(node.shares).title}"
    return f"{group.title}{kind}{shape} {through}"


def _layers(held: Mapping[str, int]) -> str:
    names = [f"{count} {name}" if count > 1 else name for name, count in held.items()]
    if len(names) > MOST:
        return f"{sum(held.values())} layers"
    return join_names(names, MOST - 1)


def _reading(whole: Graph, group: Group, verb: str, note: str = "") -> str:
    sources = [whole.group(source).title for source in whole[group.id].sources]
    return f"{group.title}{note} {verb} {join_names(sources, MOST - 1)}"


def _own_note(group: Group) -> str:
    """Return the note of a part, without one that only repeats its title."""
    return "" if group.note.casefold() == group.title.casefold() else group.note


def _head(whole: Graph, group: Group) -> str:
    return _reading(whole, group, "reads", f" ({group.note})" if group.note else "")


def _parameters(graph: Graph, whole: Graph) -> str:
    total = sum(node.parameters for node in graph.nodes)
    unknown = any("parameters" in node.unknown for node in graph.nodes)
    if not total:
        return "unknown parameters" if unknown else "no parameters"
    where = ""
    for most in sorted(whole.nodes, key=lambda node: -node.parameters)[:1]:
        if most.parameters < total:
            where = f", {formatting.share(most.parameters, total)} of them in {most.layer}"
    count = f"{plural(total, 'parameter')}{where}"
    return f"{count}, and those of unknown layers" if unknown else count


def _branch_count(branches: Sequence[Group]) -> int:
    """Return the number of branches; blocks of one hue follow the same input."""
    return len({group.hue for group in branches})


def _block_count(branches: Sequence[Group]) -> str:
    count = _in_words(_branch_count(branches), "branch", "branches")
    return f"{count} of {_in_words(len(branches), 'block', 'blocks')}"


def _groups_with(graph: Graph, role: str) -> list[Group]:
    seen = {node.group for node in graph.nodes if not node.hidden}
    return [group for group in graph.groups if group.role == role and group.id in seen]


def _named_count(groups: Sequence[Group], one: str, many: str) -> str:
    names = [group.title for group in groups]
    shown = f" ({', '.join(names)})" if len(names) <= MOST else ""
    return f"{_in_words(len(names), one, many)}{shown}"


def _in_words(count: int, one: str, many: str) -> str:
    number = spelled(count)
    return f"{number} {one if count == 1 else many}"
