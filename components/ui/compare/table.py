"""The table of a race: means with intervals and ceilings, sizes, times, and ties called ties."""

from __future__ import annotations

from html import escape

from components.core.text import short_number
from components.race.evaluation import DatasetResult, RaceResult, StrategyResult
from components.render.palette import Theme
from components.ui.compare import intervals, scale
from components.ui.compare.clickable import SAVES
from components.ui.compare.scale import ValueScale

_HEADS = (
    ("parameters", "wide", "Weights of the whole model."),
    ("FLOPs", "wide", "Floating-point operations for one sample."),
    ("ms a step", "wide", "Milliseconds of a training step, the median over seeds."),
    (
        "epochs to 95 %",
        "wider",
        "Epochs until 95 % of the best mean is reached, the median over seeds.",
    ),
)


def table(found: DatasetResult, result: RaceResult, theme: Theme, picked: str) -> str:
    """The table as HTML; a row has its entry's text as `data-pick`."""
    of = scale.of_table(found)
    head, tall = intervals.heading(found, of, theme)
    measure = escape(result.measure.title)
    heads = "".join(
        f'<th class="{kind}" title="{escape(told)}">{escape(name)}</th>'
        for name, kind, told in _HEADS
    )
    rows = "".join(_row(row, found, result, of, theme, row.entry == picked) for row in found.rows)
    return (
        '<div class="scroll"><table><thead><tr><th></th><th class="name">strategy</th>'
        f'<th title="Mean over seeds">{measure}</th>'
        f'<th class="reach"><svg viewBox="0 0 {intervals.WIDTH} {tall}" role="img" '
        f'aria-label="{escape(_reach(found, result), quote=True)}">{head}</svg></th>{heads}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>{SAVES}"
    )


def _row(
    row: StrategyResult,
    found: DatasetResult,
    result: RaceResult,
    of: ValueScale,
    theme: Theme,
    picked: bool,
) -> str:
    rank = "" if row.rank is None else f"{row.rank}."
    bar = intervals.bar(row, found, of, theme)
    cells = (
        f'<td class="rank">{rank}</td>'
        f'<td class="name" title="{escape(row.title, quote=True)}">'
        f"<button>{escape(row.title)}</button>{_badge(row, found)}</td>"
        f'<td class="mean">{scale.said(row.mean, result.measure)}</td>'
        f'<td class="reach"><svg viewBox="0 0 {intervals.WIDTH} {intervals.HEIGHT}" role="img" '
        f'aria-label="{escape(_interval(row, result), quote=True)}">{bar}</svg></td>'
        f'<td class="wide">{_parameters(row)}</td>'
        f'<td class="wide">{short_number(row.flops)}</td>'
        f'<td class="wide">{"–" if row.step_ms is None else f"{row.step_ms:.2f}"}</td>'
        f'<td class="wider">{_epochs(row)}</td>'
    )
    state = ' class="picked" aria-selected="true"' if picked else ""
    return f'<tr data-pick="{escape(row.entry, quote=True)}"{state}>{cells}</tr>'


def _badge(row: StrategyResult, found: DatasetResult) -> str:
    if row.failed:
        about = escape(row.message, quote=True)
        return f'<span class="badge bad" title="{about}">{row.failed} failed</span>'
    if row.entry not in found.best:
        return ""
    if len(found.best) == 1:
        return '<span class="badge best">best</span>'
    p = "" if row.p is None else f" (p = {row.p:.2g})"
    about = f"Not shown to differ from the best{p}"
    return f'<span class="badge tie" title="{escape(about)}">tied</span>'


def _parameters(row: StrategyResult) -> str:
    if row.deviation is None:
        return f"{row.parameters:,}"
    bad = "" if row.matched else " ⚠"
    return (
        f'<span title="{escape(row.matching, quote=True)}">{row.parameters:,} '
        f"<small>{100 * row.deviation:+.1f} %{bad}</small></span>"
    )


def _epochs(row: StrategyResult) -> str:
    if row.epochs_to is None:
        return '<span title="Most seeds do not reach it">–</span>' if row.mean is not None else "–"
    return f"{row.epochs_to:g}"


def _interval(row: StrategyResult, result: RaceResult) -> str:
    mean = scale.said(row.mean, result.measure)
    if row.low is None or row.high is None:
        return f"{row.title}: {mean}"
    low, high = (scale.said(end, result.measure) for end in (row.low, row.high))
    return f"{row.title}: {mean}, 95 % interval {low} to {high}"


def _reach(found: DatasetResult, result: RaceResult) -> str:
    told = (f"{mark.title} {scale.said(mark.value, result.measure)}" for mark in found.marks)
    return f"What can be reached: {', '.join(told) or 'not known for this data'}"
