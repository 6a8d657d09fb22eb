"""Contributions of a model's inputs: the function `contributions` and its result."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.base.errors import DataError
from components.experiments.inspection.basis.results import HeadInspection, Inspection
from components.experiments.inspection.explanation import (
    SHARES,
    explain_head,
    measure_rows,
    measures_csv,
    measures_table,
    text_report,
    unknown,
)
from components.experiments.inspection.head_charts import charts_of
from components.experiments.inspection.measuring import SAMPLES
from components.experiments.inspection.outputs import Metric
from components.experiments.inspection.own_inspection import priced
from components.experiments.inspection.own_model import own_model
from components.models.drawing.chart_svg import chart_svg
from components.models.drawing.palette import THEMES, ThemeName
from components.models.drawing.raster import png
from components.models.drawing.svg_parts import svg_page
from fusion_playground.pictures import Writers, choice, image, saved

if TYPE_CHECKING:
    import pandas as pd

WIDE, HIGH = 720, 330
"""Width and height of a chart in points."""
_APART = "margin: .6em 0"
_CELL = "padding: .4em .8em; text-align: left; vertical-align: top"
"""Styles that override those of notebooks: JupyterLab aligns cells right, marimo has no padding.

They are inline, because a notebook that is not trusted loses its style sheets.
"""


@dataclass(frozen=True)
class Contributions:
    """Contribution of each input to each output of a model. A notebook shows charts and sentences.

    >>> found = fp.contributions(model, x, y)
    >>> found.save("contributions.png")
    """

    inspection: Inspection
    price: str
    """Estimate of rows and seconds, as a sentence."""
    rows: int
    """Number of predicted rows."""
    theme: ThemeName = "light"
    notes: tuple[str, ...] = ()
    """Sentences on how the model was read, and on quantities that are not measured."""

    @property
    def heads(self) -> Mapping[str, HeadInspection]:
        """Measures of each output by its name.

        >>> fp.contributions(model, x, y).heads["score"].quality
        """
        return self.inspection.heads

    @property
    def sentences(self) -> tuple[str, ...]:
        r"""Sentences on the measures, output by output, with names of inputs in backticks.

        >>> print("\n".join(fp.contributions(model, x, y).sentences))
        """
        return tuple(one.meaning for head in self.heads.values() for one in explain_head(head))

    @cached_property
    def table(self) -> pd.DataFrame:
        """Table with a row for each number: output, measure, input, value and standard error.

        >>> fp.contributions(model, x, y).table.query("measure == 'Shapley share'")
        """
        import pandas as pd

        head, *rows = measure_rows(self.inspection)
        return pd.DataFrame(rows, columns=list(head))

    @cached_property
    def svg(self) -> str:
        """Charts of all outputs, one below the other, as SVG text.

        >>> fp.contributions(model, x, y).svg[:4]
        '<svg'
        """
        parts, top = list[str](), 0
        for svg, height, _ in self._charts():
            parts.append(svg.replace("<svg ", f'<svg y="{top}" ', 1))
            top += height
        return svg_page(WIDE, top, repr(self), parts, THEMES[self.theme])

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the charts as .svg or .png, the numbers as .csv, or everything as .txt or .json.

        >>> fp.contributions(model, x, y).save("contributions.csv")
        """
        writers: Writers = {
            "svg": lambda: self.svg,
            "png": lambda: png(self.svg),
            "csv": lambda: measures_csv(self.inspection),
            "txt": lambda: repr(self),
            "json": self.inspection.json_text,
        }
        return saved(path, writers)

    def __repr__(self) -> str:
        return "\n".join((text_report(self.inspection), "", *self.sentences, *self.notes))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        html = "".join(self._html())
        return {"text/html": html, "text/plain": repr(self)}

    def _charts(self) -> Iterator[tuple[str, int, str]]:
        """Yield the SVG, the height and the text of each chart."""
        theme = THEMES[self.theme]
        for name, head in self.heads.items():
            title = f"{name}: shares of {head.quality_name}"
            for _, option, height, words in charts_of(head, None, theme, title, HIGH):
                yield chart_svg(option, WIDE, height, words, theme), height, words

    def _html(self) -> Iterator[str]:
        """Yield the HTML for a notebook."""
        for svg, _, words in self._charts():
            yield image(svg, words)
        for sentence in (unknown(self.inspection), SHARES, *self.notes):
            yield f'<p style="{_APART}">{escape(sentence)}</p>'
        for name, head in self.heads.items():
            yield f'<h4 style="{_APART}">{escape(name)}</h4>{measures_table(head, _CELL)}'


def contributions(
    model: Any,
    x: Any,
    y: Any,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    gates: Sequence[str] = (),
    metric: Metric | None = None,
    classes: Sequence[Any] | Mapping[str, Sequence[Any]] | None = None,
    time_limit: float = 60.0,
    theme: ThemeName = "light",
) -> Contributions:
    """Measure how much each input of a trained model contributes, alone and together.

    The number of rows to predict, and the expected time, are printed first.

    - `model`: a Keras 3 model with two inputs or more, or a function that returns probabilities or
      values for `x`, of scikit-learn or PyTorch for instance.
    - `x`: arrays of held-out samples. A dict or list has one for each input; a DataFrame has an
      input in each column.
    - `y`: their labels or values. Labels are numbers or names of classes, or several labels of 0
      and 1. For several outputs, it is a dict or list.
    - `groups`: inputs that count as one, such as `{"patient": ["age", "history"]}`. `film` and
      `film_present`, which marks the samples that have it, are grouped automatically.
    - `gates`: names of layers whose choices for each sample are measured, too.
    - `metric`: your own measure of quality, a function of truth and predictions that returns a
      number for each sample. Higher is better, so an error needs a minus sign.
    - `classes`: the label of each unit of the output, in the order of training; for several
      outputs, a dict. Without it, names are sorted, and whole numbers count from 0 or 1. A note
      says which label is which unit.
    - `time_limit`: seconds. If 500 samples would take longer, fewer are measured.

    >>> import fusion_playground as fp
    >>> fp.contributions(model, {"user": users, "film": films}, liked)
    >>> fp.contributions(model, x, levels, classes=["low", "mid", "high"])
    """
    choice("theme", theme, ThemeName)
    if not isinstance(time_limit, Real) or not time_limit > 0:
        raise DataError(
            "`time_limit` is a number of seconds above 0.",
            f"{time_limit!r}",
            "Write it like `time_limit=120`.",
        )
    own = own_model(model, x, y, groups, gates, metric, SAMPLES, classes)
    price = priced(own, time_limit)
    print(price.sentence, file=sys.stderr)
    inspection = price.inspection()
    notes = price.notes(inspection)
    return Contributions(inspection, price.sentence, price.model.predicted, theme, notes)
