"""Emphasis of a picture: own names and colours of parts, and parts that are left out."""

from __future__ import annotations

from dataclasses import replace

from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import THEMES, Tones
from components.models.language.graph import Graph, Group, Node


def emphasised(graph: Graph, options: DiagramOptions) -> Graph:
    """Return the graph as drawn with these options; nodes to be left out are hidden."""
    if not options.marks and options.losses:
        return graph
    hidden = {node.id for node in graph.nodes if is_left_out(node, options)}
    nodes = tuple(_node(node, hidden) for node in graph.nodes)
    return replace(named(graph, options), nodes=nodes)


def named(graph: Graph, options: DiagramOptions) -> Graph:
    """Return the graph with own names and colours of its parts; nothing is left out."""
    return replace(graph, groups=tuple(_group(group, options) for group in graph.groups))


def tones_of(graph: Graph, node: Node, options: DiagramOptions) -> Tones:
    """Return the hue of a layer: its own, or that of its part in a graph of `named`."""
    theme, own = THEMES[options.theme], options.mark(node.group, node.id).color
    return theme.tones(graph.group(node.group)) if own == "unchanged" else theme.own_tones(own)


def is_left_out(node: Node, options: DiagramOptions) -> bool:
    """Return `True` if a person hid a node, or its part."""
    return options.mark(node.group).hidden or options.mark(node.group, node.id).hidden


def _node(node: Node, hidden: set[str]) -> Node:
    if node.shares in hidden:
        node = replace(node, shares=None)
    return replace(node, hidden=node.hidden or "wish") if node.id in hidden else node


def _group(group: Group, options: DiagramOptions) -> Group:
    mark = options.mark(group.id)
    color = "" if mark.color == "unchanged" else mark.color
    note = group.note if options.losses or group.role != "head" else ""
    return replace(group, title=mark.name or group.title, note=note, color=color)
