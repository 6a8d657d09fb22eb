"""Contribution of each branch to a head, drawn as widths and texts of edges."""

from __future__ import annotations

from dataclasses import dataclass

from components.models.language.graph import Edge, Graph, Group

THIN, THICK = 1.4, 10.0
"""Width in points of an edge without a share, and of one with the whole share."""


@dataclass(frozen=True)
class BranchWeights:
    """Share of each branch in the result of a head, and the cooperation of all of them.

    `shares` are by group of the branch, `head` is the group of the head, `meeting` that of the
    merge where all of its branches meet; empty if they never do. `measure` names what is shared.
    """

    head: str
    measure: str
    shares: tuple[tuple[str, float], ...]
    cooperation: float = 0.0
    meeting: str = ""

    def text(self, graph: Graph) -> str:
        """Return the shares as a sentence."""
        titles = {group.id: group.title for group in graph.groups}
        parts = [f"{titles[id]} {share:+.2f}" for id, share in self.shares]
        if self.meeting:
            parts.append(f"{self.note(graph.group(self.meeting))} at {titles[self.meeting]}")
        return f"Shares of the {self.measure} of {titles[self.head]}: {', '.join(parts)}."

    def note(self, group: Group) -> str:
        """Return the note of a merge: the cooperation if all branches meet there, else nothing."""
        return f"cooperation {self.cooperation:+.2f}" if group.id == self.meeting else ""

    def edges(self, graph: Graph) -> dict[Edge, WeightedEdge]:
        """Return the edges by which branches lead to the head; the first of each has a text."""
        shares, heads = dict(self.shares), (node.id for node in graph.members(self.head))
        read = graph.upstream(*heads)
        whole = sum(map(abs, shares.values())) or 1.0
        weighted: dict[Edge, WeightedEdge] = {}
        written: set[str] = set()
        for edge in graph.edges():
            group = graph[edge.source].group
            inside = graph.group(graph[edge.target].group).role == "branch"
            if group not in shares or inside or edge.target not in read:
                continue
            share = shares[group]
            text = "" if group in written else f"{share:+.2f}"
            width = THIN + (THICK - THIN) * abs(share) / whole
            weighted[edge] = WeightedEdge(graph.group(group), width, text, share < 0)
            written.add(group)
        return weighted


@dataclass(frozen=True)
class WeightedEdge:
    """Edge of a branch, with its width in points; dashed if its share is negative."""

    branch: Group
    width: float
    text: str
    negative: bool
