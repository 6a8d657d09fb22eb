"""X-rays of the user's own models: the function `xray` and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.base.markup import to_csv
from components.experiments.inspection.own_xray import own_xray
from components.experiments.inspection.xray_diagram import ModelXray, xray_svg
from components.experiments.inspection.xray_spaces import spaces_svg
from components.models.drawing.charts import COLORS, line_color
from components.models.drawing.palette import THEMES, ThemeName
from components.models.drawing.raster import png
from fusion_playground.pictures import Writers, choice, image, saved

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("part", "layer", "output", "linear reader", "from", "to", "chance")


@dataclass(frozen=True)
class LayerXray:
    """One sample in every layer of a model, and the readings of a linear reader there.

    A notebook shows the diagram, and the space of each branch and merge.

    >>> found = fp.xray(model, x, y, sample=3)
    >>> found.save("xray.svg")
    """

    shown: ModelXray
    labelled: bool
    """`False` if linear readers read the model's predictions instead of labels."""
    theme: ThemeName = "light"
    notes: tuple[str, ...] = ()
    """Sentences on which label is which unit of an output."""

    @cached_property
    def svg(self) -> str:
        """Diagram with the numbers of the sample in each layer, as SVG text.

        >>> fp.xray(model, x, y).svg[:4]
        '<svg'
        """
        return xray_svg(self.shown, THEMES[self.theme], file=True)

    @property
    def spaces(self) -> tuple[str, ...]:
        """Spaces of many samples before and after each merge, as one SVG for each output.

        >>> fp.xray(model, x, y).spaces[0][:4]
        '<svg'
        """
        theme = THEMES[self.theme]
        colours = [line_color(number, theme) for number in range(len(COLORS))]
        heads = self.shown.xray.heads if self.shown.epoch.spaces else ()
        return tuple(spaces_svg(self.shown, head, colours, theme) for head in heads)

    @property
    def text(self) -> str:
        """Sample and its predictions in sentences.

        >>> print(fp.xray(model, x, y).text)
        """
        read = "the labels" if self.labelled else "what the model predicts"
        text = f"{self.shown.title()}. {self.shown.explain()} Linear readers read {read}."
        return " ".join((text, *self.notes))

    @cached_property
    def table(self) -> pd.DataFrame:
        """Quality of a linear reader for each layer, with its 95 % interval.

        >>> fp.xray(model, x, y).table.sort_values("linear reader")
        """
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=list(_COLUMNS))

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the diagram as .svg or .png, or the qualities of linear readers as .csv.

        >>> fp.xray(model, x, y).save("xray.png")
        """
        writers: Writers = {
            "svg": lambda: self.svg,
            "png": lambda: png(self.svg),
            "csv": lambda: to_csv([_COLUMNS, *self._rows()]),
        }
        return saved(path, writers)

    def _rows(self) -> list[tuple[object, ...]]:
        graph, heads = self.shown.graph, self.shown.xray.heads
        return [
            (graph.group(graph[id].group).title, id, head, one.score, one.low, one.high,
             heads[head].chance)
            for id, read in self.shown.epoch.readings.items()
            for head, one in read.items()
        ]  # fmt: skip

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        images = (image(svg, self.text) for svg in (self.svg, *self.spaces))
        return {"text/html": "".join((*images, f"<p>{escape(self.text)}</p>")),
                "text/plain": self.text}  # fmt: skip


def xray(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    sample: int = 0,
    classes: Sequence[Any] | Mapping[str, Sequence[Any]] | None = None,
    theme: ThemeName = "light",
) -> LayerXray:
    """Show one sample in every layer of a functional Keras model, with inner models opened.

    `x`, `y` and `classes` are as for `contributions`, and `sample` is the index of the sample to
    show. Up to 300 samples are also drawn as points, before and after each place where inputs meet.
    A linear reader predicts the labels from each layer. Without `y`, it predicts what the model
    does.

    >>> import fusion_playground as fp
    >>> fp.xray(model, {"user": users, "film": films}, liked, sample=3)
    """
    choice("theme", theme, ThemeName)
    graph, recorded, notes = own_xray(model, x, y, sample, classes)
    return LayerXray(ModelXray(graph, recorded), y is not None, theme, notes)
