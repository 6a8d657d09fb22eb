"""Differences between two Keras models: the function `diff` and its result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from components.models.analysis import difference
from components.models.analysis.difference import Change, Difference
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import ThemeName
from components.models.imported.live import read_live
from components.sharing.record import difference_report
from fusion_playground.pictures import Writers, choice, saved, shown


@dataclass(frozen=True)
class ModelDifference:
    """Two models and their differences. A notebook shows both pictures, with marks on changes.

    >>> print(fp.diff(before, after).sentence)
    """

    compared: Difference
    theme: ThemeName = "light"
    notes: tuple[str, ...] = ()
    """Reasons why a model is compared only as a list of layers, and weights outside layers."""

    @property
    def sentence(self) -> str:
        """All differences in one sentence.

        >>> fp.diff(model, model).sentence
        'Nothing differs.'
        """
        return difference.sentence(self.compared)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All differences: layers in only one model, and changed settings.

        >>> [change.layer for change in fp.diff(before, after).changes]
        """
        return self.compared.rows

    @cached_property
    def svg(self) -> str:
        """Both pictures side by side as SVG text.

        >>> fp.diff(before, after).svg[:4]
        '<svg'
        """
        return difference.both(self.compared, self._options)

    @property
    def _options(self) -> DiagramOptions:
        return DiagramOptions(theme=self.theme, transparent=False)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write both pictures as .svg or .png, or the list as .md or .csv. Return the path.

        >>> fp.diff(before, after).save("change.md")
        """
        writers: Writers = {
            "svg": lambda: self.svg,
            "png": lambda: difference.both_png(self.compared, True, self._options),
            "md": lambda: difference_report.markdown(self.compared),
            "csv": lambda: difference_report.csv(self.compared),
        }
        return saved(path, writers)

    def __repr__(self) -> str:
        return " ".join((self.sentence, *self.notes))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return shown(self.svg, repr(self))


def diff(
    before: Any, after: Any, *, theme: ThemeName = "light", inputs: Any = None
) -> ModelDifference:
    """Compare two Keras 3 models of this process.

    `inputs` are as for `draw`, and used for both models.

    >>> import fusion_playground as fp
    >>> fp.diff(model, larger).save("change.svg")
    """
    choice("theme", theme, ThemeName)
    one, other = read_live(before, inputs).model, read_live(after, inputs).model
    graphs, costs = (one.graph, other.graph), (one.costs, other.costs)
    notes = tuple(dict.fromkeys((*one.notes, *other.notes)))
    return ModelDifference(difference.compare(*graphs, *costs), theme, notes)
