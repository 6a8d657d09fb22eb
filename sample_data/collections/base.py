"""What all collections share: texts, an architecture, and how samples are drawn."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from components.core.registry import Concept
from components.model.spec import Architecture, parse
from sample_data.core.about import DatasetInfo
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset


class Collection(Concept):
    """Real data in several inputs, with an architecture that fits."""

    source: ClassVar[str]
    """Who made it, and where it is from."""
    licence: ClassVar[str]
    teaches: ClassVar[str]
    classes: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Class names by head, class 0 first."""
    notes: ClassVar[tuple[str, ...]] = ()
    """What was done to the data."""
    reached: ClassVar[str]
    """What was measured: the proposed model's validation score, and that of single inputs."""
    proposed: ClassVar[dict[str, Any]]
    """An architecture for it, as JSON data."""

    @property
    def architecture(self) -> Architecture:
        """An architecture that fits, sensible and small."""
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
        """All samples; `rng` decides where there is a choice, such as which are paired."""
        raise NotImplementedError

    def draw(self, samples: int | None, seed: int) -> Dataset:
        """That many samples, or all there are, in an order that the seed decides."""
        rng = np.random.default_rng(seed)
        whole = self.make(rng)
        rows = rng.permutation(whole.samples)[:samples]
        return Dataset(_picked(whole.inputs, rows), _picked(whole.targets, rows))


def _picked(arrays: dict[str, Array], rows: Array) -> dict[str, Array]:
    return {name: array[rows] for name, array in arrays.items()}
