"""The table of a race: means with intervals and ceilings, ties, sizes and times."""

from __future__ import annotations

from html import escape

from components.core.text import short_number
from components.race import text
from components.race.result import DatasetResult, RaceResult, StrategyResult
from components.render.palette import Theme
from components.ui.compare import intervals, scale
from components.ui.compare.clickable import SAVES
from components.ui.compare.scale import ValueScale

_HEADS = (
    ("parameters", "wide", "Parameters of the whole model."),
    ("FLOPs", "wide", "Floating-point operations per sample."),
    ("ms a step", "wide", "Milliseconds per training step, the median over seeds."),
    (
        "epochs to 95 %",
        "wider",
        "Epochs until 95 % of the best mean is reached, the median over seeds.",
    ),
)


def table_html(table: DatasetResult, result: RaceResult, theme: Theme, picked: str) -> str:
    """The table as HTML; each row has the text of its entry as `data-pick`."""
    of = scale.of_table(table)
    head, tall = intervals.heading(table, of, theme)
    measure = escape(result.measure.title)
    heads = "".join(
        f'<th class="{kind}" title="{escape(help)}">{escape(name)}</th>'
        for name, kind, help in _HEADS
    )
    rows = "".join(_row(row, table, result, of, theme, row.entry == picked) for row in table.rows)
    return (
        '<div class="scroll"><table><thead><tr><th></th><th class="name">strategy</th>'
        f'<th title="Mean over seeds">{measure}</th>'
        f'<th class="reach"><svg viewBox="0 0 {intervals.WIDTH} {tall}" role="img" '
        f'aria-label="{escape(_reach(table, result), quote=True)}">{head}</svg></th>{heads}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>{SAVES}"
    )


def _row(
    row: StrategyResult,
    table: DatasetResult,
    result: RaceResult,
    of: ValueScale,
    theme: Theme,
    picked: bool,
) -> str:
    rank = "" if row.rank is None else f"{row.rank}."
    label = escape(f"{row.title}: {text.interval_text(row, result)}", quote=True)
    bar = intervals.bar(row, table, of, theme)
    cells = (
        f'<td class="rank">{rank}</td>'
        f'<td class="name" title="{escape(row.title, quote=True)}">'
        f"<button>{escape(row.title)}</button>{_badge(row, table)}</td>"
        f'<td class="mean">{result.measure.text(row.mean)}</td>'
        f'<td class="reach"><svg viewBox="0 0 {intervals.WIDTH} {intervals.HEIGHT}" role="img" '
        f'aria-label="{label}">{bar}</svg></td>'
        f'<td class="wide">{_parameters(row)}</td>'
        f'<td class="wide">{short_number(row.flops)}</td>'
        f'<td class="wide">{"–" if row.step_ms is None else f"{row.step_ms:.2f}"}</td>'
        f'<td class="wider">{_epochs(row)}</td>'
    )
    state = ' class="picked" aria-selected="true"' if picked else ""
    return f'<tr data-pick="{escape(row.entry, quote=True)}"{state}>{cells}</tr>'


def _badge(row: StrategyResult, table: DatasetResult) -> str:
    if row.failed:
        message = escape(row.message, quote=True)
        return f'<span class="badge bad" title="{message}">{row.failed} failed</span>'
    if row.entry not in table.best:
        return ""
    if len(table.best) == 1:
        return '<span class="badge best">best</span>'
    p = "" if row.p is None else f" (p = {row.p:.2g})"
    label = f"Not shown to differ from the best{p}"
    return f'<span class="badge tie" title="{escape(label)}">tied</span>'


def _parameters(row: StrategyResult) -> str:
    if row.deviation is None:
        return f"{row.parameters:,}"
    bad = "" if row.matched else " ⚠"
    return (
        f'<span title="{escape(text.matching(row), quote=True)}">{row.parameters:,} '
        f"<small>{100 * row.deviation:+.1f} %{bad}</small></span>"
    )


def _epochs(row: StrategyResult) -> str:
    if row.epochs_to is None:
        return '<span title="Most seeds never reach it">–</span>' if row.mean is not None else "–"
    return f"{row.epochs_to:g}"


def _reach(table: DatasetResult, result: RaceResult) -> str:
    ceilings = [f"{mark.title} {result.measure.text(mark.value)}" for mark in table.marks]
    return f"Ceilings: {', '.join(ceilings) or 'not known for this dataset'}"
