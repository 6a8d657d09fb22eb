"""Base of all collections: texts, an architecture, and the draw of samples."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from components.models.architecture.architecture import Architecture, parse
from components.models.language.registry import Concept
from sample_data.core.about import DatasetInfo
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset


class Collection(Concept):
    """Real data in several inputs, with an architecture that fits."""

    source: ClassVar[str]
    """Authors and source."""
    licence: ClassVar[str]
    teaches: ClassVar[str]
    classes: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Class names by head, class 0 first."""
    notes: ClassVar[tuple[str, ...]] = ()
    """Notes on changes made to the data."""
    reached: ClassVar[str]
    """Measured validation scores of the proposed model and of single inputs."""
    proposed: ClassVar[dict[str, Any]]
    """Architecture for the data, as JSON data."""

    @property
    def architecture(self) -> Architecture:
        """Small, reasonable architecture for the data."""
        return parse(self.proposed)

    @property
    def about(self) -> DatasetInfo:
        """Title, source, licence, and the names of classes, ids and numbers."""
        return DatasetInfo(
            title=self.title,
            source=self.source,
            licence=self.licence,
            teaches=self.teaches,
            classes=self.classes,
            notes=(*self.notes, self.reached),
        )

    def make(self, rng: np.random.Generator) -> Dataset:
        """Return all samples; `rng` makes random choices, such as the pairing of pictures."""
        raise NotImplementedError

    def draw(self, samples: int | None, seed: int) -> Dataset:
        """Return the given number of samples, or all, in an order determined by the seed."""
        rng = np.random.default_rng(seed)
        whole = self.make(rng)
        rows = rng.permutation(whole.samples)[:samples]
        return Dataset(_picked(whole.inputs, rows), _picked(whole.targets, rows))


def _picked(arrays: dict[str, Array], rows: Array) -> dict[str, Array]:
    return {name: array[rows] for name, array in arrays.items()}
