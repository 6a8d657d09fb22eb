"""Limits of the data for any model: ceilings and information, computed in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.app.parts.data import sample_view
from components.app.parts.editor.background import Background
from components.base.errors import PlaygroundError
from components.models.architecture.architecture import Architecture
from sample_data.ceilings import Ceilings, ceilings
from sample_data.ceilings.information import Information, decomposition
from sample_data.loading.sources import Data
from sample_data.loading.synthetic import DataSpec


@dataclass(frozen=True)
class DataLimits:
    """Ceilings by head, and the information of the inputs about the label of the first head."""

    ceilings: Mapping[str, Ceilings]
    information: Information | None
    error: str = ""
    """Reason if there are no limits."""
    shares: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """Shares of the classes by head, for real data, whose ceilings are unknown."""


def data_limits(
    architecture: Architecture, data: DataSpec, seconds: float = 0.0
) -> DataLimits | None:
    """Return the limits of the data; `None` if they are still being computed after `seconds`."""
    return computed.get((architecture, _fixed_sample(data)), seconds)


def shares_of(architecture: Architecture, data: Data) -> DataLimits | None:
    """Return the shares of classes in real data; `None` if it can't be read."""
    try:
        balances = sample_view.balances(architecture, data)
    except PlaygroundError:
        return None
    shares = {one.head: [share for _, share in one.shares] for one in balances if one.shares}
    return DataLimits({}, None, shares=shares)


def _fixed_sample(data: DataSpec) -> DataSpec:
    """Return data of the same relation with a fixed number of samples and a fixed seed.

    Its limits hold for every number of samples and every seed.
    """
    return data.model_copy(update={"samples": 20, "seed": 0})


def _compute(key: tuple[Architecture, DataSpec]) -> DataLimits:
    architecture, data = key
    try:
        return DataLimits(ceilings(architecture, data), decomposition(architecture, data.relation))
    except PlaygroundError as error:
        return DataLimits({}, None, str(error))


computed: Background[tuple[Architecture, DataSpec], DataLimits] = Background(_compute, "ceilings")
"""Limits of data, by architecture and data."""
