"""The table of a race: a row for each strategy, with its mean and interval by the ceilings."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from components.app.parts.charts import intervals
from components.app.parts.charts.intervals import scale_of
from components.app.parts.widgets.clickable import SAVES, clickable
from components.app.parts.widgets.html_parts import template
from components.base.text import short_number
from components.experiments.races import text
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.results import DatasetResult
from components.models.drawing.palette import Theme

_HEADS = (
    ("parameters", "Parameters of the whole model."),
    ("FLOPs", "Floating-point operations per sample."),
    (
        "ms a step",
        "Milliseconds per training step: the median over seeds, or the fastest and the slowest "
        "seed where they are far apart, as on a busy machine.",
    ),
    (
        "epochs to 95\N{NO-BREAK SPACE}% of its best",
        "Epochs until 95 % of the best mean is reached, the median over seeds.",
    ),
)
_TABLE = template("""
{% macro plot(height, label, parts) %}
<svg viewBox="0 0 {{ width }} {{ height }}" role="img" aria-label="{{ label }}">{{ parts }}</svg>
{%- endmacro %}
<div class="scroll" tabindex="0" role="region" aria-label="Results">
<table class="race" style="--rows:{{ rows | length }}"><thead><tr>
<th><span class="unseen">rank</span></th><th class="name">{{ what }}</th>
<th title="Mean over seeds">{{ measure.title }}</th>
<th class="reach">{{ plot(tall, ceilings, marks) }}</th>
{% for name, help in heads %}
<th title="{{ help }}">{{ name }}</th>
{% endfor %}
</tr></thead><tbody>
{% for row, bar in rows %}
<tr{% if picked %} data-pick="{{ row.entry }}"{% endif %}
{%- if row.entry == picked %} class="picked"{% endif %}>
<td class="rank">{% if row.rank is not none %}{{ row.rank }}.{% endif %}</td>
<td class="name" title="{{ row.title }}">
{%- if picked %}<button aria-pressed="{{ "true" if row.entry == picked else "false" }}">
{{- row.title }}</button>
{%- else %}{{ row.title }}{% endif %}
{%- if row.failed %}<span class="badge bad" title="{{ row.message }}">{{ row.failed }} failed</span>
{%- elif row.problem %}<span class="badge tie" title="{{ row.problem }}">none</span>
{%- elif to_first and row.tied and row.p is not none %}<span class="badge tie"
title="p = {{ "%.2g" | format(row.p) }}">no difference shown</span>
{%- elif row.entry in best and best | length == 1 %}<span class="badge best">best</span>
{%- elif row.entry in best %}<span class="badge tie" title="{{ standing(row) }}">tied</span>
{%- endif %}</td>
<td class="mean">{{ measure.text(row.mean) }}</td>
<td class="reach">{{ plot(bar_height, row.title ~ ": " ~ interval(row), bar) }}</td>
<td>
{%- if not row.parameters %}–{% elif row.deviation is none %}{{ "{:,}".format(row.parameters) }}
{%- else -%}
<span title="{{ matching(row) }}">{{ "{:,}".format(row.parameters) }} <small>
{{- "{:+.1f} %".format(100 * row.deviation) }}{{ "" if row.matched else " ⚠" }}</small></span>
{%- endif %}</td>
<td>{{ short(row.flops) if row.flops else "–" }}</td>
<td>
{%- if row.step_ms is none %}–
{%- elif row.step_steady %}{{ "{:.2f}".format(row.step_ms) }}
{%- else %}<span title="Median {{ "{:.2f}".format(row.step_ms) }}">
{{- "{:.2f}–{:.2f}".format(*row.step_range) }}</span>{% endif %}</td>
<td>
{%- if row.epochs_to is not none %}{{ "{:g}".format(row.epochs_to) }}
{%- elif row.mean is none %}–{% else %}<span title="Most seeds never reach it">–</span>{% endif %}
</td></tr>
{% endfor %}
</tbody></table></div>""")


def race_table(
    on_dataset: DatasetResult,
    result: RaceResult,
    theme: Theme,
    *,
    key: str,
    name: str,
    picked: str = "",
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Show the table, with buttons that save it as a figure.

    With `picked`, the entry of a row, rows can be selected: `on_pick` gets the entry of the
    selected row.
    """
    clickable(
        table_html(on_dataset, result, theme, picked) + SAVES,
        key=key,
        on_pick=on_pick,
        svg=intervals.figure(result, on_dataset, theme),
        name=name,
    )


def table_html(
    on_dataset: DatasetResult, result: RaceResult, theme: Theme, picked: str = ""
) -> str:
    """Return the table as HTML. Rows that can be selected have their entry as `data-pick`."""
    scale = scale_of(on_dataset)
    marks, tall = intervals.heading(on_dataset, scale, theme)
    ceilings = [f"{mark.title} {result.measure.text(mark.value)}" for mark in on_dataset.marks]
    return _TABLE.render(
        heads=_HEADS,
        rows=[
            (row, Markup(intervals.bar(row, on_dataset, scale, theme))) for row in on_dataset.rows
        ],
        best=on_dataset.best,
        picked=picked,
        to_first=result.setup.against_first,
        what=result.setup.what,
        measure=result.measure,
        width=intervals.WIDTH,
        bar_height=intervals.HEIGHT,
        tall=tall,
        marks=Markup(marks),
        ceilings=f"Ceilings: {', '.join(ceilings) or 'not known for this dataset'}",
        interval=lambda row: text.interval_text(row, result),
        matching=text.matching,
        short=short_number,
        standing=lambda row: f"{row.standing[0].upper()}{row.standing[1:]}.",
    )
