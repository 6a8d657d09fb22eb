"""Gates of a merge: layers whose outputs weigh its sources or features."""

from __future__ import annotations

from collections.abc import Mapping

from components.models.language.graph import Node
from components.models.merges.base import Merge
from sample_data.core.arrays import Array

_LAYERS = ("Dense", "Softmax", "Activation")


def is_gate(node: Node, merges: Mapping[str, Merge]) -> bool:
    """Return `True` if a layer of a merge is a gate."""
    if node.group not in merges or node.layer not in _LAYERS:
        return False
    return node.id.removeprefix(f"{node.group}_").startswith(merges[node.group].gate_layers)


def gates_by_source(node: Node, values: Array, merge: Merge) -> Array | None:
    """Return the mean gate of each source, (N, sources); `None` without a gate for each source."""
    values = values.reshape(len(values), *(axis for axis in values.shape[1:] if axis > 1))
    softmax = "softmax" in (node.layer.lower(), node.arguments.get("activation"))
    if values.shape[1:2] != (len(merge.sources),) or not (values.ndim == 3 or softmax):
        return None
    means: Array = values.reshape(len(values), len(merge.sources), -1).mean(axis=2)
    return means
