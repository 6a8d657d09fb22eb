"""Difference of two architectures: additions, removals and changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from html import escape
from typing import Literal

from components.base.text import plural
from components.models.analysis.fitted_graph import aligned_to
from components.models.architecture.costs import Cost, Costs
from components.models.drawing import diagram, diagram_svg, formatting, raster
from components.models.drawing.drawing import Drawing, side_by_side
from components.models.drawing.options import PLAIN, DiagramOptions
from components.models.drawing.palette import THEMES
from components.models.language.graph import Graph, Group, Node

Kind = Literal["added", "removed", "changed"]
Side = Literal["before", "after"]

SIGNS: Mapping[Kind, str] = {"added": "+", "removed": "−", "changed": "≠"}
"""Signs of the kinds, for pictures without colour."""
SIDES: tuple[Side, Side] = ("before", "after")
APART = 24.0
"""Points between the two pictures."""
SLIDE = 960.0
"""Width in points of a wide slide of 13.3 inches."""
FRAMES: Mapping[Kind, str] = {
    "added": 'border="3" style="rounded"',
    "changed": 'border="2" style="rounded,dotted"',
    "removed": 'border="2" style="rounded,dashed"',
}
"""Frames of the kinds, which differ even without colour."""
DERIVED = ("output", "parameters", "reads")
"""Aspects of a layer that may follow from another change."""
MOST_TEXTS = 2
"""Number of changes on the label of a layer, and of new names in the sentence; more are counted."""


@dataclass(frozen=True)
class Change:
    """Difference: a layer that only one model has, or a changed aspect of a layer.

    `layer` is its name in the second model, or in the only one that has it; empty for the model as
    a whole. `aspect` is `layer`, a setting such as `units`, `output`, `parameters` or `reads`.
    """

    kind: Kind
    part: str
    """Title of its branch, merge, trunk or head."""
    layer: str
    aspect: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Difference:
    """Two graphs, the pairs of layers that correspond, and the changes."""

    before: Graph
    after: Graph
    pairs: Mapping[str, str]
    rows: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """`True` if there are no changes."""
        return not self.rows


def compare(
    before: Graph, after: Graph, costs: Costs | None = None, other_costs: Costs | None = None
) -> Difference:
    """Compare two graphs, and their FLOPs if both costs are given.

    Parts correspond by name, then by role and order; layers within such parts by name, then by
    class and order. A model from a file beside one of ours is `aligned_to` it first, and only what
    the file holds is compared.
    """
    left, right = (
        aligned_to(graph, beside) if graph.imported and not beside.imported else graph
        for graph, beside in ((before, after), (after, before))
    )
    totals = _totals(before, left, costs), _totals(after, right, other_costs)
    one, other = left.drawn(), right.drawn()
    groups = _groups(one, other)
    pairs = _pairs(one, other, groups)
    rows = (
        *_model_changes(*totals),
        *_part_changes(one, other, groups),
        *_layer_changes(one, other, pairs),
    )
    return Difference(one, other, pairs, rows)


def causes(difference: Difference) -> dict[Change, Change]:
    """Return the changes that follow from another one, each with the nearest cause.

    The sources of a layer follow from layers that were added or removed there; its output and
    parameters follow from another change of it, or of its sources.
    """
    of_layer = [row for row in difference.rows if row.layer]
    chosen = [row for row in of_layer if row.aspect not in DERIVED]
    gone = {row.layer: row for row in chosen if row.kind == "removed"}
    first = {row.layer: row for row in reversed(chosen) if row.kind != "removed"}
    old_of = {after: before for before, after in difference.pairs.items()}

    def beside(layer: str) -> Change | None:
        """Return the first layer that is added or removed among the sources of a layer."""
        new = [first[id] for id in difference.after[layer].sources if id not in old_of]
        old = difference.before[old_of[layer]].sources if layer in old_of else ()
        return next(iter([*new, *(gone[id] for id in old if id in gone)]), None)

    cause_of: dict[Change, Change] = {}
    for row in of_layer:
        if row.aspect == "reads":
            if cause := beside(row.layer):
                cause_of[row] = cause
            else:
                first.setdefault(row.layer, row)
    for row in of_layer:
        if row.aspect in DERIVED and row.aspect != "reads":
            above = [row.layer]
            for layer in above:
                if cause := first.get(layer) or beside(layer):
                    cause_of[row] = cause
                    break
                above += [id for id in difference.after[layer].sources if id not in above]
    return cause_of


def marks(difference: Difference, side: Side) -> dict[str, tuple[Kind, str]]:
    """Return the marks of a picture by layer id: the kind, and a short text of the changes."""
    old_of = {after: before for before, after in difference.pairs.items()}
    marks_: dict[str, tuple[Kind, str]] = {}
    if side == "before":
        marks_ = {
            n.id: ("removed", "") for n in difference.before.nodes if n.id not in difference.pairs
        }
    else:
        marks_ = {n.id: ("added", "") for n in difference.after.nodes if n.id not in old_of}
    changed: dict[str, list[str]] = {}
    follow = causes(difference)
    for row in difference.rows:
        if row.kind == "changed" and row.layer and row not in follow:
            changed.setdefault(row.layer, []).append(_short_text(row))
    for layer, parts in changed.items():
        more = f" · {len(parts) - MOST_TEXTS} more" if len(parts) > MOST_TEXTS else ""
        text = " · ".join(parts[:MOST_TEXTS]) + more
        marks_[layer if side == "after" else old_of[layer]] = ("changed", text)
    return marks_


def svg(difference: Difference, side: Side, options: DiagramOptions = PLAIN) -> str:
    """Draw one of the two as SVG text, with the differences marked."""
    return diagram_svg.svg(_drawing(difference, side, options))


def both(difference: Difference, options: DiagramOptions = PLAIN) -> str:
    """Return the SVG file of the two side by side, with the differences marked."""
    names = _titles(difference)
    words = f"{names[0]} and {names[1]}", sentence(difference)
    return diagram_svg.svg(_side_by_side(difference, options), _page(options), words)


def both_png(difference: Difference, natural: bool, options: DiagramOptions = PLAIN) -> bytes:
    """Return the PNG of the two side by side, at most as wide as a slide, or in `natural` size."""
    drawn = _side_by_side(difference, options)
    width = SLIDE / diagram_svg.MM if drawn.width > SLIDE and not natural else 0
    return raster.png(diagram_svg.svg(drawn, _page(options), width=width))


def _page(options: DiagramOptions) -> str:
    return "" if options.transparent else THEMES[options.theme].page


def _titles(difference: Difference) -> tuple[str, str]:
    names = difference.before.name, difference.after.name
    if names[0] == names[1]:
        names = f"{names[0]} before", f"{names[1]} after"
    return names


def _side_by_side(difference: Difference, options: DiagramOptions) -> Drawing:
    left, right = (
        _drawing(difference, side, replace(options, title=name))
        for side, name in zip(SIDES, _titles(difference), strict=True)
    )
    return side_by_side(left, right, APART)


def _drawing(difference: Difference, side: Side, options: DiagramOptions) -> Drawing:
    graph = difference.before if side == "before" else difference.after
    options = replace(options, level="layers")
    changed = marks(difference, side)

    def decorate(layer: str, card: str) -> str:
        return _with_frame(card, *changed[layer], options) if layer in changed else card

    return diagram.drawing(graph, options, decorate)


def alt(difference: Difference) -> str:
    """Return the alternative text of the two pictures."""
    names = f"{difference.before.name} and {difference.after.name}"
    if difference.before.name == difference.after.name:
        names = f"two versions of {difference.before.name}"
    if difference.same:
        return f"Diagrams of {names}: nothing differs."
    return f"Diagrams of {names}; {_layers_text(difference)}."


def sentence(difference: Difference) -> str:
    """Describe the differences in one sentence."""
    if difference.same:
        return "Nothing differs."
    text = _layers_text(difference)
    named = [row for row in difference.rows if row.part and row.aspect == "name" and not row.layer]
    if len(named) > MOST_TEXTS:
        text += f"; {len(named)} parts have other names"
        named = []
    whole = [row for row in difference.rows if not (row.part or row.layer)]
    for row in (*named, *whole):
        text += f"; {row.aspect} {row.before} → {row.after}"
    return f"{text[:1].upper()}{text[1:]}."


def _layers_text(difference: Difference) -> str:
    layers: dict[Kind, set[str]] = {kind: set() for kind in SIGNS}
    follow = causes(difference)
    for row in difference.rows:
        if row.layer and row not in follow:
            layers[row.kind].add(row.layer)
    counts = [f"{len(names)} {kind}" for kind, names in layers.items() if names]
    if not counts:
        return "no layer differs"
    more = {row.layer for row in follow} - set().union(*layers.values())
    then = f"; {plural(len(more), 'more follows', 'more follow')} from these" if more else ""
    return f"layers that differ: {', '.join(counts)}{then}"


def _with_frame(card: str, kind: Kind, text: str, options: DiagramOptions) -> str:
    """Put a label in a frame, with a sign and the changes below it."""
    theme = THEMES[options.theme]
    note = escape(f"{SIGNS[kind]} {text or kind}")
    return (
        f'<<table {FRAMES[kind]} color="{theme.ink}" bgcolor="{theme.card}" cellborder="0" '
        f'cellspacing="0" cellpadding="3"><tr><td>{card[1:-1]}</td></tr><tr><td align="left">'
        f'<font color="{theme.ink}" point-size="{options.small}"><b>&#160;{note}&#160;</b></font>'
        "</td></tr>"
        "</table>>"
    )


def _short_text(row: Change) -> str:
    aspect = "" if row.aspect in ("layer", "shape") else f"{row.aspect} "
    if row.aspect == "parameters":
        return f"{row.before} → {row.after} params"
    return f"{aspect}{row.before or 'none'} → {row.after or 'none'}"


def _groups(one: Graph, other: Graph) -> dict[str, str]:
    """Return pairs of parts that correspond: by name and role, by note and role, or in order."""
    pairs = {
        group.id: group.id
        for group in one.groups
        if any(group.id == same.id and group.role == same.role for same in other.groups)
    }
    taken = set(pairs.values())
    for noted in (True, False):
        for group in one.groups:
            free = (g for g in other.groups if g.id not in taken and g.role == group.role)
            alike = (g.id for g in free if g.note == group.note or not noted)
            if group.id not in pairs and (match := next(alike, None)):
                pairs[group.id] = match
                taken.add(match)
    return pairs


def _pairs(one: Graph, other: Graph, groups: Mapping[str, str]) -> dict[str, str]:
    """Return pairs of layers that correspond."""
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
        pairs.update(_pairs_in_order(rest, free))
    return pairs


def _pairs_in_order(left: Sequence[Node], right: Sequence[Node]) -> dict[str, str]:
    """Return pairs of layers of the same class in the same order, or of the only two layers."""
    if len(left) == len(right) == 1:
        return {left[0].id: right[0].id}
    names = [n.layer for n in left], [n.layer for n in right]
    if names[0] > names[1]:  # The matcher finds other pairs in the other direction.
        return {one: other for other, one in _pairs_in_order(right, left).items()}
    matcher = SequenceMatcher(None, *names, False)
    return {
        left[block.a + step].id: right[block.b + step].id
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def _totals(whole: Graph, shown: Graph, costs: Costs | None) -> dict[str, str]:
    """Return the parameters, and the FLOPs of a sample without masks, as far as known.

    FLOPs of inputs of any size can't be compared.
    """
    unknown = {word for node in whole.nodes for word in node.unknown}
    totals = dict[str, str]()
    if "parameters" not in unknown:
        totals["parameters"] = f"{sum(node.parameters for node in whole.nodes):,}"
    if costs and not costs.estimated:
        pairs = zip(whole.nodes, shown.nodes, strict=True)
        counted = (node.id for node, as_shown in pairs if as_shown.hidden != "mask")
        totals["FLOPs"] = sum((costs.nodes[id] for id in counted), Cost()).flops_text(exact=True)
    return totals


def _model_changes(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[Change]:
    for aspect in one:
        if aspect in other and one[aspect] != other[aspect]:
            yield Change("changed", "", "", aspect, one[aspect], other[aspect])


def _part_changes(one: Graph, other: Graph, groups: Mapping[str, str]) -> Iterator[Change]:
    """Yield parts with another name or strategy, or in one model only; a file has no parts."""
    if one.imported != other.imported:
        return
    for group in one.groups:
        if group.id not in groups:
            yield Change("removed", group.title, "", group.role, _part_text(group))
            continue
        same = other.group(groups[group.id])
        if group.title != same.title:
            yield Change("changed", same.title, "", "name", group.title, same.title)
        if group.note != same.note:
            yield Change("changed", same.title, "", "kind", group.note, same.note)
    for group in other.groups:
        if group.id not in groups.values():
            yield Change("added", group.title, "", group.role, "", _part_text(group))


def _part_text(group: Group) -> str:
    return group.note or group.title


def _layer_changes(one: Graph, other: Graph, pairs: Mapping[str, str]) -> Iterator[Change]:
    back = {after: before for before, after in pairs.items()}
    for node in one.nodes:
        if node.id not in pairs:
            part = one.group(node.group).title
            yield Change("removed", part, node.id, "layer", _layer_text(node))
    for node in other.nodes:
        part = other.group(node.group).title
        if node.id not in back:
            yield Change("added", part, node.id, "layer", "", _layer_text(node))
            continue
        mixed = one.imported != other.imported
        for aspect, before, after in _changed_aspects(one[back[node.id]], node, pairs, mixed):
            yield Change("changed", part, node.id, aspect, before, after)


def _layer_text(node: Node) -> str:
    arguments = formatting.arguments(node)
    return f"{node.layer} {arguments}" if arguments else node.layer


def _changed_aspects(
    old: Node, new: Node, pairs: Mapping[str, str], mixed: bool
) -> Iterator[tuple[str, str, str]]:
    """Yield the differences of two layers: class, settings, output shape, parameters and sources.

    `mixed` means that one of them is from a file.
    """
    unknown = (*old.unknown, *new.unknown)
    if old.layer != new.layer:
        yield "layer", old.layer, new.layer
    else:
        yield from _changed_settings(old, new, mixed)
    if old.shape != new.shape and "shape" not in unknown:
        yield "output", formatting.shape(old.shape), formatting.shape(new.shape)
    if old.parameters != new.parameters and "parameters" not in unknown:
        yield "parameters", f"{old.parameters:,}", f"{new.parameters:,}"
    if [pairs.get(source) for source in old.sources] != list(new.sources):
        before, after = len(old.sources), len(new.sources)
        if before != after:
            yield "reads", f"{before}", f"{after}"
        elif sorted(pairs.get(s, "") for s in old.sources) == sorted(new.sources):
            yield "reads", "in one order", "in another"
        else:
            yield "reads", ", ".join(old.sources), ", ".join(new.sources)


def _changed_settings(old: Node, new: Node, mixed: bool) -> Iterator[tuple[str, str, str]]:
    """Yield the settings that differ.

    Defaults are known for a layer from a file, too. A setting that only one layer has can't be
    compared with a file.
    """
    usual = formatting.texts({**old.defaults, **new.defaults})
    ours, theirs = (
        formatting.texts({key: value for key, value in one.arguments.items() if value is not None})
        for one in (old, new)
    )
    for name in dict.fromkeys((*ours, *theirs)):
        before, after = (known.get(name, usual.get(name, "")) for known in (ours, theirs))
        if _words(before) != _words(after) and not (mixed and "" in (before, after)):
            yield name, before, after


def _words(value: str) -> list[str]:
    """Return the words of a setting in any notation.

    `2` and `(2, 2)` are the same, as are `glorot_uniform` and `GlorotUniform`.
    """
    words = re.findall(r"[\w.+-]+", value.replace("_", "").casefold())
    return words[:1] if len(set(words)) == 1 else words
