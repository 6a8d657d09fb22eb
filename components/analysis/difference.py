"""Two architectures side by side: what was added, removed and changed, as rows and in pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from html import escape
from typing import Literal

from components.core.graph import Graph, Group, Node
from components.render import diagram, formatting
from components.render.options import PLAIN, DiagramOptions
from components.render.palette import THEMES

Kind = Literal["added", "removed", "changed"]
Side = Literal["before", "after"]

SIGNS: Mapping[Kind, str] = {"added": "+", "removed": "−", "changed": "≠"}
"""How kinds are told apart without colour."""
SAID = 2
"""Differences that the card of a changed layer says; more are counted."""


@dataclass(frozen=True)
class Change:
    """One difference: a layer that only one of the two has, or what of a layer differs.

    `layer` is its name in the one it is in, in the second where it is in both; empty for the model
    as a whole. `aspect` is what differs: `layer`, a setting such as `units`, `gives`, `parameters`
    or `reads`.
    """

    kind: Kind
    part: str
    """The branch, merge, trunk or head it belongs to."""
    layer: str
    aspect: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Difference:
    """Two graphs, the layers of one by those of the other that they stand for, and the rows."""

    before: Graph
    after: Graph
    pairs: Mapping[str, str]
    rows: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.rows


def compare(before: Graph, after: Graph) -> Difference:
    """What differs between two graphs as pictures show them.

    Parts are told to be the same by their names, then by their role and order; layers within such
    parts by their names, then by their class and order.
    """
    one, other = before.drawn(), after.drawn()
    groups = _groups(one, other)
    pairs = _pairs(one, other, groups)
    rows = (*_whole(one, other), *_parts(one, other, groups), *_layers(one, other, pairs))
    return Difference(one, other, pairs, rows)


def marks(found: Difference, side: Side) -> dict[str, tuple[Kind, str]]:
    """What to mark in a picture, by the layer's id: its kind, and what of it changed, in short."""
    back = {after: before for before, after in found.pairs.items()}
    told: dict[str, tuple[Kind, str]] = {}
    if side == "before":
        told = {n.id: ("removed", "") for n in found.before.nodes if n.id not in found.pairs}
    else:
        told = {n.id: ("added", "") for n in found.after.nodes if n.id not in back}
    changed: dict[str, list[str]] = {}
    for row in found.rows:
        if row.kind == "changed" and row.layer:
            changed.setdefault(row.layer, []).append(_short(row))
    for layer, parts in changed.items():
        more = f" · {len(parts) - SAID} more" if len(parts) > SAID else ""
        text = " · ".join(parts[:SAID]) + more
        told[layer if side == "after" else back[layer]] = ("changed", text)
    return told


def dot(found: Difference, side: Side, options: DiagramOptions = PLAIN) -> str:
    """One of the two as DOT text, with what differs marked."""
    return _drawn(found, side, options, "dot").decode()


def svg(found: Difference, side: Side, options: DiagramOptions = PLAIN) -> str:
    """One of the two as SVG text, with what differs marked."""
    return _drawn(found, side, options, "svg").decode()


def png(found: Difference, side: Side, options: DiagramOptions = PLAIN, scale: float = 2) -> bytes:
    """One of the two as a PNG of `scale` × 96 dots an inch, with what differs marked."""
    return _drawn(found, side, options, "png", scale)


def alt(found: Difference) -> str:
    """A short sentence in place of the two pictures."""
    both = f"{found.before.name} and {found.after.name}"
    if found.before.name == found.after.name:
        both = f"two versions of {found.before.name}"
    if found.same:
        return f"Diagrams of {both}: nothing differs."
    layers: dict[Kind, set[str]] = {kind: set() for kind in SIGNS}
    for row in found.rows:
        if row.layer:
            layers[row.kind].add(row.layer)
    counts = [f"{len(names)} {kind}" for kind, names in layers.items() if names]
    said = f"layers that differ: {', '.join(counts)}" if counts else "no layer differs"
    return f"Diagrams of {both}; {said}."


def _drawn(
    found: Difference,
    side: Side,
    options: DiagramOptions,
    form: Literal["dot", "svg", "png"],
    scale: float = 2,
) -> bytes:
    graph = found.before if side == "before" else found.after
    options = replace(options, level="layers")
    told = marks(found, side)

    def dress(layer: str, card: str) -> str:
        return _framed(card, *told[layer], options) if layer in told else card

    return diagram.decorated(graph, options, dress, form, scale)


def _framed(card: str, kind: Kind, text: str, options: DiagramOptions) -> str:
    """A card in a frame of the letters' colour, with a sign and what changed below it."""
    theme = THEMES[options.theme]
    said = escape(f"{SIGNS[kind]} {text or kind}")
    style = ' style="rounded,dashed"' if kind == "removed" else ' style="rounded"'
    return (
        f'<<table border="2" color="{theme.ink}" bgcolor="{theme.card}"{style} cellborder="0" '
        f'cellspacing="0" cellpadding="3"><tr><td>{card[1:-1]}</td></tr><tr><td align="left">'
        f'<font color="{theme.ink}" point-size="{options.small}"><b>&#160;{said}&#160;</b></font>'
        "</td></tr>"
        "</table>>"
    )


def _short(row: Change) -> str:
    aspect = "" if row.aspect in ("layer", "shape") else f"{row.aspect} "
    if row.aspect == "parameters":
        return f"{row.before} → {row.after} params"
    return f"{aspect}{row.before or 'none'} → {row.after or 'none'}"


def _groups(one: Graph, other: Graph) -> dict[str, str]:
    """Parts of one graph by those of the other: of the same name and role, else in order."""
    found = {
        group.id: group.id
        for group in one.groups
        if any(group.id == same.id and group.role == same.role for same in other.groups)
    }
    taken = set(found.values())
    for group in one.groups:
        if group.id in found:
            continue
        free = [g for g in other.groups if g.id not in taken and g.role == group.role]
        alike = [g for g in free if g.note == group.note] or free
        if alike:
            found[group.id] = alike[0].id
            taken.add(alike[0].id)
    return found


def _pairs(one: Graph, other: Graph, groups: Mapping[str, str]) -> dict[str, str]:
    """Layers of one graph by those of the other."""
    pairs: dict[str, str] = {}
    for group in one.groups:
        if group.id not in groups:
            continue
        left, right = one.members(group.id), other.members(groups[group.id])
        named = {node.id: node for node in right}
        by_name = {n.id: n.id for n in left if n.id in named and named[n.id].layer == n.layer}
        pairs.update(by_name)
        rest = [node for node in left if node.id not in by_name]
        free = [node for node in right if node.id not in by_name.values()]
        pairs.update(_in_order(rest, free))
    return pairs


def _in_order(left: Sequence[Node], right: Sequence[Node]) -> dict[str, str]:
    """Layers of the same class in the same order; and one that stands in another's stead."""
    if len(left) == len(right) == 1:
        return {left[0].id: right[0].id}
    matcher = SequenceMatcher(None, [n.layer for n in left], [n.layer for n in right], False)
    return {
        left[block.a + step].id: right[block.b + step].id
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def _whole(one: Graph, other: Graph) -> Iterator[Change]:
    counts = [sum(node.parameters for node in graph.nodes) for graph in (one, other)]
    if counts[0] != counts[1]:
        yield Change("changed", "", "", "parameters", f"{counts[0]:,}", f"{counts[1]:,}")


def _parts(one: Graph, other: Graph, groups: Mapping[str, str]) -> Iterator[Change]:
    """Parts whose name or strategy differs, and those that only one has."""
    for group in one.groups:
        if group.id not in groups:
            yield Change("removed", group.title, "", group.role, _told(group))
            continue
        same = other.group(groups[group.id])
        if group.title != same.title:
            yield Change("changed", same.title, "", "name", group.title, same.title)
        if group.note != same.note:
            yield Change("changed", same.title, "", "kind", group.note, same.note)
    for group in other.groups:
        if group.id not in groups.values():
            yield Change("added", group.title, "", group.role, "", _told(group))


def _told(group: Group) -> str:
    return group.note or group.title


def _layers(one: Graph, other: Graph, pairs: Mapping[str, str]) -> Iterator[Change]:
    back = {after: before for before, after in pairs.items()}
    for node in one.nodes:
        if node.id not in pairs:
            part = one.group(node.group).title
            yield Change("removed", part, node.id, "layer", _card(node))
    for node in other.nodes:
        part = other.group(node.group).title
        if node.id not in back:
            yield Change("added", part, node.id, "layer", "", _card(node))
            continue
        for aspect, before, after in _changes(one[back[node.id]], node, pairs):
            yield Change("changed", part, node.id, aspect, before, after)


def _card(node: Node) -> str:
    said = formatting.arguments(node)
    return f"{node.layer} {said}" if said else node.layer


def _changes(old: Node, new: Node, pairs: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """What differs between two layers: class, settings, shape, weights and sources."""
    if old.layer != new.layer:
        yield "layer", old.layer, new.layer
    else:
        ours, theirs = formatting.configuration(old), formatting.configuration(new)
        for name in dict.fromkeys((*ours, *theirs)):
            if ours.get(name) != theirs.get(name):
                yield name, ours.get(name, ""), theirs.get(name, "")
    if old.shape != new.shape:
        yield "gives", formatting.shape(old.shape), formatting.shape(new.shape)
    if old.parameters != new.parameters:
        yield "parameters", f"{old.parameters:,}", f"{new.parameters:,}"
    if [pairs.get(source) for source in old.sources] != list(new.sources):
        before, after = len(old.sources), len(new.sources)
        if before != after:
            yield "reads", f"{before}", f"{after}"
        elif sorted(pairs.get(s, "") for s in old.sources) == sorted(new.sources):
            yield "reads", "in one order", "in another"
        else:
            yield "reads", ", ".join(old.sources), ", ".join(new.sources)
