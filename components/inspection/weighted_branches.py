"""The shares of an inspection as weights of a model's branches."""

from __future__ import annotations

from components.analysis.additive import inputs_of
from components.core.graph import Graph
from components.inspection.basis.results import HeadInspection
from components.inspection.measures.cooperation import Cooperation
from components.inspection.measures.shapley_share import ShapleyShare
from components.render.branch_weights import BranchWeights


def branch_weights(graph: Graph, name: str, head: HeadInspection) -> BranchWeights:
    """The weights of a head. A branch that reads the data of another has the share of both."""
    shares = dict(zip(head.inputs, ShapleyShare.values(head), strict=True))
    (together,) = Cooperation.values(head)
    read = inputs_of(graph, name)
    branches = tuple(
        (group.id, shares[source])
        for group in graph.groups
        if group.role == "branch"
        for source in [_source(graph, group.id)]
        if source in read
    )
    meeting = _meeting(graph, name, read) if len(read) > 1 else ""
    return BranchWeights(graph[name].group, head.quality_name, branches, together, meeting)


def _source(graph: Graph, branch: str) -> str:
    """The input whose data a branch reads."""
    return next(iter(inputs_of(graph, graph.members(branch)[-1].id)), "")


def _meeting(graph: Graph, head: str, read: frozenset[str]) -> str:
    """The first merge that is connected to all inputs of a head; empty if there is none."""
    for node in graph.nodes:
        if graph.group(node.group).role == "merge" and inputs_of(graph, node.id) >= read:
            return node.group
    return ""
