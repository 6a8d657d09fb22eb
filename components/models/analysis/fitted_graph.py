"""Graph of a Keras file, divided into an architecture's parts so that the two can be compared."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from components.base.text import free_name
from components.models.language.graph import Graph, Node


def aligned_to(imported: Graph, own: Graph) -> Graph:
    """Return the graph of a file with the ids, parts and masks of the layers of `own`.

    A file has layers by name, but neither parts nor masks. Layers of the same name correspond; the
    weights of a shared one count at the same call. Another layer between them is in the part of its
    source; blocks without any stay.
    """
    weights = Counter[str]()
    for node in imported.nodes:
        weights[node.keras_name] += node.parameters
    twins, taken = _twins(imported, own), {node.id for node in own.nodes}
    mixed = {node.group for node in imported.nodes if node.id in twins}
    fit = dict[str, Node]()
    for node in imported.nodes:
        reads = tuple(fit[source] for source in node.sources)
        twin = twins.get(node.id)
        parameters = node.parameters
        if twin:
            parameters = 0 if twin.shares else weights[node.keras_name]
        follows = reads[0].group if reads and node.group in mixed else node.group
        fit[node.id] = replace(
            node,
            id=twin.id if twin else free_name(node.id, taken, "__"),
            group=twin.group if twin else follows,
            hidden=twin.hidden if twin else "",
            title=twin.title if twin else "",
            sources=tuple(read.id for read in reads),
            parameters=parameters,
            shares=node.shares and fit[node.shares].id,
        )
    held = {node.group for node in fit.values()}
    names = {group.id for group in own.groups}
    groups = (*own.groups, *(group for group in imported.groups if group.id not in names))
    shown = tuple(group for group in groups if group.id in held)
    return replace(imported, nodes=tuple(fit.values()), groups=shown)


def _twins(imported: Graph, own: Graph) -> dict[str, Node]:
    """Return the layer of `own` for each layer of a file.

    Of the calls of a shared layer, it is the one with the same sources.
    """
    calls, twins = defaultdict[str, list[Node]](list), dict[str, Node]()
    for node in own.nodes:
        calls[node.keras_name].append(node)
    for node in imported.nodes:
        left = calls[node.keras_name]
        reads = tuple(twins[source].id for source in node.sources if source in twins)
        left.sort(key=lambda call: call.sources != reads)
        if left:
            twins[node.id] = left.pop(0)
    return twins
