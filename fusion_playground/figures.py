"""Figures of Keras models: the function `summary` and its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from components.base.text import byte_size, short_number
from components.models.architecture.costs import NOMINAL_LENGTH, Cost
from components.models.drawing import formatting
from components.models.drawing.summary import layer_columns
from components.models.imported import ImportedModel
from components.models.imported.live import read_live

if TYPE_CHECKING:
    import pandas as pd

_HEADINGS = ("Layer", "Output", "Parameters", "FLOPs", "Activations")


@dataclass(frozen=True)
class Summary:
    """Parameters, FLOPs and activation memory of a model, by branch and layer, for printing.

    >>> fp.summary(model).parameters
    1207
    """

    model: ImportedModel

    @property
    def parameters(self) -> int:
        """Number of weights, as `count_params()` counts them."""
        return self.model.graph.model_parameters

    @property
    def flops(self) -> int:
        """FLOPs of the forward pass for one sample; a multiply-add counts as two.

        Layers whose FLOPs are unknown count 0; printing the summary names them.
        """
        return self.model.costs.total.flops

    @cached_property
    def table(self) -> pd.DataFrame:
        """Table with a row for each layer, and the branch or other part that contains it.

        >>> fp.summary(model).table.groupby("Part")["Parameters"].sum()
        """
        import pandas as pd

        return pd.DataFrame(layer_columns(self.model.graph, self.model.costs))

    def __repr__(self) -> str:
        graph, costs = self.model.graph, self.model.costs
        rows = [_HEADINGS]
        for group in graph.groups:
            rows.append((group.title, "", *_texts(costs.groups[group.id])))
            for node in graph.members(group.id):
                name = f"  {node.id} ({node.layer})"
                rows.append((name, formatting.output(node), *_texts(costs.nodes[node.id])))
        rows.append(("Total", "", *_texts(replace(costs.total, parameters=self.parameters))))
        return "\n".join((graph.name, *_aligned(rows), *self._sentences()))

    def _sentences(self) -> Iterator[str]:
        """Yield sentences on the limits of the figures."""
        costs = self.model.costs
        nodes = [node for node in self.model.graph.nodes if costs.nodes[node.id].uncounted]
        strange = {node.layer for node in nodes}
        yield "FLOPs and activations are for one sample; a multiply-add counts as two."
        if strange:
            yield f"FLOPs of {', '.join(sorted(strange))} are unknown."
            yield f"The total is {costs.total.flops_text()}."
        if costs.estimated:
            yield f"Open lengths count as {NOMINAL_LENGTH} steps."
        yield from self.model.notes


def summary(model: Any, *, inputs: Any = None) -> Summary:
    """Count parameters, FLOPs and memory of a Keras 3 model of this process.

    `inputs` are as for `draw`.

    >>> import fusion_playground as fp
    >>> print(fp.summary(model))
    """
    return Summary(read_live(model, inputs).model)


def _texts(cost: Cost) -> tuple[str, str, str]:
    flops = short_number(cost.flops)
    if cost.uncounted:
        flops = f"≥ {flops}" if cost.flops else "?"
    return f"{cost.parameters:,}", flops, byte_size(cost.activation_bytes)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as lines, with names aligned left and numbers aligned right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *cells in rows:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield "  ".join((name.ljust(widths[0]), *numbers)).rstrip()
