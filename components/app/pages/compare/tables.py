"""The tables of the Compare page: a race, its runs, its winners, and the atlas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from html import escape
from typing import NamedTuple

import streamlit as st
from markupsafe import Markup

from components.app.pages.compare.state import CompareState
from components.app.parts.charts.intervals import scale_of, short, standalone
from components.app.parts.data.stored_race import EvaluatedRace
from components.app.parts.widgets import html_parts, layout
from components.app.parts.widgets.clickable import SAVES, clickable
from components.app.parts.widgets.downloads import csv_download
from components.app.parts.widgets.html_parts import template
from components.base.text import join_names, plural
from components.experiments.races import atlas, text
from components.experiments.races.atlas import Atlas
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.kinds.without import loss_heading, loss_text, losses
from components.experiments.races.plan import PlannedRun
from components.experiments.races.results import CEILINGS, DatasetResult
from components.experiments.races.setup import data_name
from components.experiments.races.statistics import UNDECIDED
from components.experiments.training.events import Outcome
from components.models.drawing.heatmap import (
    Heatmap,
    HeatmapCell,
    HeatmapGroup,
    HeatmapRow,
    Mark,
    colours,
    heatmap,
)
from components.models.drawing.html_table import html_table
from components.models.drawing.palette import Theme
from components.models.merges import MERGES
from sample_data.relations import RELATIONS

MANY = 420
"""Largest number of runs of a race that shows each run as a square."""
SMALL = 16
"""Number of rows above which the squares of runs are lower."""
FEW = 6
"""Largest number of columns with horizontal headings in a heat map; more are slanted."""
_SIGNS = {"waiting": "", "running": "▶", "stopped": "–", "failed": "×", "interrupted": "–"}
_MARKS: dict[Mark, str] = {"best": "the best mean", "tied": "not shown to be below the best"}
_HEAT = template("""
<div class="scroll heat{{ " few" if map.columns | length <= few }}" tabindex="0" role="region"
aria-label="{{ map.title }}"><table>
<caption class="unseen">{{ map.title }}</caption>
<thead><tr><td class="corner"></td>
{% for name in map.columns %}
<th scope="col"><span>{% if name in picks %}
<button data-pick="{{ picks[name] }}" title="Show {{ name }}">{{ name }}</button>
{%- else %}{{ name }}{% endif %}</span></th>
{% endfor %}
</tr></thead>
{% for group in map.groups %}
<tbody>
{% if group.title %}
<tr class="group"><th colspan="{{ map.columns | length + 1 }}" scope="rowgroup"><span>
{{- group.title }}</span></th></tr>
{% endif %}
{% for row in group.rows %}
<tr{% if row.quiet %} class="faint"{% endif %}><th scope="row">{{ row.name }}</th>
{% for cell in row.cells %}
{% set fill, ink = colours(cell.share) %}
<td class="{{ cell.mark }}" title="{{ cell.about }}"
{%- if cell.share is not none %} style="background:{{ fill }};color:{{ ink }}"{% endif %}>
{{- cell.text }}
{%- if marks[cell.mark] %}<span class="unseen">, {{ marks[cell.mark] }}</span>{% endif %}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
{% endfor %}
</table></div>
<div class="legend"><span><i class="ramp" style="background:linear-gradient(90deg,{{ ends[0] }},
{{- ends[1] }})"></i>{{ scale }}</span>
<span><i class="frame best"></i>best mean</span>
<span><i class="frame tied"></i>not shown to be below it</span>
{% if empty %}<span><i class="frame"></i>not trained</span>{% endif %}</div>""")
_GRID = template("""
{% macro square(one) %}
{% if one.pick %}<button data-pick="{{ one.pick }}"{% else %}<span role="img"{% endif %}
 class="cell {{ one.state }}"{% if one.style %} style="{{ one.style }}"{% endif %}
 title="{{ one.label }}" aria-label="{{ one.label }}">
{{- one.text }}{{ "</button>" | safe if one.pick else "</span>" | safe }}
{%- endmacro %}
<div class="scroll{{ " most" if small }}" tabindex="0" role="region" aria-label="Runs">
<div class="grid{{ " small" if small }}"
style="grid-template-columns:max-content repeat({{ tables | length }}, max-content)">
<span class="name corner"></span>
{% for table in tables %}
<span class="head" title="{{ table.title }}">{{ table.title }}</span>
{% endfor %}
{% for title, cells in rows %}
<span class="name" title="{{ title }}">{{ title }}</span>
{% for squares in cells %}
<span class="cells">{% for one in squares %}{{ square(one) }}{% endfor %}</span>
{% endfor %}
{% endfor %}
</div></div>
<div class="legend">
<span>A square is one run with its {{ value }}. Click it to open the run.</span>
{% for state, word in states %}
<span><i class="cell {{ state }}">{{ signs[state] }}</i>{{ word }}</span>
{% endfor %}
</div>""")

_VERDICTS = template("""
<div class="scroll{{ " most" if tables | length > few }}" tabindex="0" role="region"
aria-label="Verdicts"><table class="verdicts"><tbody>
{% for table in tables %}
<tr data-pick="{{ table.data }}"{% if table.data == picked %} class="picked"{% endif %}>
<td class="name" title="{{ table.title }}">
<button aria-pressed="{{ "true" if table.data == picked else "false" }}">{{ table.title }}</button>
</td><td class="verdict">{{ verdict(table) }}</td></tr>
{% endfor %}
</tbody></table></div>""")


class _Square(NamedTuple):
    """Square of a run; `pick` is the run's id in the store."""

    text: str
    label: str
    state: str = ""
    style: str = ""
    pick: str = ""


def losses_table(result: RaceResult, on_dataset: DatasetResult) -> str:
    """Return an HTML table with the loss in performance without each input."""
    rows = [
        (
            one.input,
            result.measure.text(one.row.mean),
            html_parts.coded(one.row.problem or loss_text(one, result.setup)),
            len(one.seeds) or "–",
        )
        for one in losses(result.setup, on_dataset)
    ]
    return html_table(rows, loss_heading(result.setup), "fields", row_heads=True)


def verdicts(result: RaceResult, picked: DatasetResult) -> str:
    """Return the verdicts as HTML, a row for each dataset; a click on a row selects its dataset."""

    def verdict(on_dataset: DatasetResult) -> Markup:
        return html_parts.coded(text.verdict(result, on_dataset))

    return _VERDICTS.render(tables=result.tables, picked=picked.data, few=FEW, verdict=verdict)


def grid(race: EvaluatedRace, theme: Theme) -> str:
    """Return the runs as small squares, strategies × datasets and seeds, filled in as runs end.

    Empty for a very large race; the winner map shows its means.
    """
    result, entries = race.result, race.plan.race.entries
    if len(race.plan.runs) > MANY:
        return ""
    runs: dict[tuple[str, str], list[PlannedRun]] = {}
    for run in race.plan.runs:
        runs.setdefault((data_name(run.data), run.entry.text), []).append(run)

    scales = {on_dataset.data: scale_of(on_dataset) for on_dataset in result.tables}

    def squares(on_dataset: DatasetResult, entry: str) -> Iterator[_Square]:
        row, scale = on_dataset.row(entry), scales[on_dataset.data]
        for run in runs.get((on_dataset.data, entry), ()):
            outcome = race.outcomes.get(run.digest, Outcome())
            label = text.run_text(run, outcome, result)
            value = row.scores.get(run.seed)
            if value is None:
                sign = _SIGNS.get(outcome.status, "")
                yield _Square(sign, label, outcome.status, pick=outcome.run)
            else:
                fill, ink = colours(scale.share(value), theme)
                style = f"background:{fill};color:{ink};border-color:{fill}"
                yield _Square(short(value, result.measure), label, "", style, outcome.run)

    states = ("waiting", "running", "stopped", "failed")
    return _GRID.render(
        small=len(entries) > SMALL,
        tables=result.tables,
        rows=[
            (e.title, [squares(on_dataset, e.text) for on_dataset in result.tables])
            for e in entries
        ],
        value=f"{result.measure.title}{' in %' if result.measure.share else ''}",
        states=[(state, text.state_text(state)) for state in states],
        signs=_SIGNS,
    )


def heat_table(
    shown: Heatmap, theme: Theme, scale: str, picks: Mapping[str, str] | None = None
) -> str:
    """Return a heat map as a table whose headings stay visible.

    `scale` explains the colours. `picks` has the value that a click on the name of a column
    selects.
    """
    return _HEAT.render(
        map=shown,
        few=FEW,
        picks=picks or {},
        marks=_MARKS,
        colours=lambda share: colours(share, theme),
        ends=[colours(end, theme)[0] for end in (0.0, 1.0)],
        scale=scale,
        empty=any(not cell.text for row in shown.rows for cell in row.cells),
    )


def winner_map(result: RaceResult, session: CompareState, theme: Theme) -> None:
    """Draw strategies × datasets, coloured by the distance to the best possible score."""
    shown = heat_map(result)
    picks = (
        {on_dataset.title: on_dataset.data for on_dataset in result.tables}
        if len(result.tables) > 1
        else {}
    )
    colour = "colour: from chance or the lowest value to the best that can be reached"
    clickable(
        heat_table(shown, theme, colour, picks) + SAVES,
        key="race_winners",
        on_pick=partial(setattr, session, "data"),
        svg=standalone(heatmap(shown, theme)),
        name=f"{result.architecture} winners",
    )


def heat_map(result: RaceResult) -> Heatmap:
    """Return the scores of each strategy on each dataset, then the known ceilings.

    In each column, marks show the best mean and all means not shown to be below it.
    """
    tables = result.tables
    rows = [
        HeatmapRow(
            entry.title, tuple(_cell(entry.text, on_dataset, result) for on_dataset in tables)
        )
        for entry in result.setup.entries
    ]
    for kind, title in CEILINGS.items():
        values = [on_dataset.ceilings.get(kind) for on_dataset in tables]
        if any(value is not None for value in values):
            cells = (HeatmapCell(result.measure.text(value, unit=False)) for value in values)
            rows.append(HeatmapRow(title, tuple(cells), quiet=True))
    return Heatmap(
        f"{result.measure.title.capitalize()} by strategy and dataset",
        tuple(on_dataset.title for on_dataset in tables),
        (HeatmapGroup("", tuple(rows)),),
        "Colour: from chance, or the lowest value if chance is not known, to the best that can be "
        f"reached. Thick frame: the best mean. Thin frame: {UNDECIDED}.",
    )


def _cell(entry: str, on_dataset: DatasetResult, result: RaceResult) -> HeatmapCell:
    row, words = on_dataset.row(entry), result.measure.text
    label = f"{row.title} on {on_dataset.title}"
    if row.mean is None:
        return HeatmapCell("–", about=f"{label}: no value")
    best = row.mean == on_dataset.rows[0].mean
    mark: Mark = "" if entry not in on_dataset.best else "best" if best else "tied"
    about = ", ".join(filter(None, (f"{label}: {words(row.mean)}", _MARKS.get(mark))))
    share = scale_of(on_dataset).share(row.mean)
    return HeatmapCell(words(row.mean, unit=False), share, mark, about)


def atlas_panel(theme: Theme) -> None:
    """Draw the expander of the atlas, and its content once it is open; nothing without an atlas."""
    known = atlas.load()
    if known is None:
        return
    title = f"The atlas: which merge wins when · {plural(known.runs, 'training')}"
    panel = st.expander(title, icon=":material/menu_book:", key="atlas_panel", on_change="rerun")
    if panel.open:
        with panel:
            _atlas(known, theme)


def _atlas(known: Atlas, theme: Theme) -> None:
    seeds = len(known.about.seeds)
    with layout.row(spread=True):
        st.caption(
            f"Trained on {known.about.date}. A cell is the validation accuracy in %: the mean of "
            f"{seeds} seeds ± half of its 95 % interval.",
            width="content",
        )
        csv_download("CSV", lambda: atlas.csv(known), "atlas", "atlas.csv")
    html, svg = _atlas_drawn(theme)
    clickable(html, key="atlas", svg=svg, name="atlas")
    newer = [MERGES[kind].title for kind in known.missing_strategies]
    newer += [RELATIONS[kind].title for kind in known.missing_relations]
    if newer:
        st.caption(f"Not in the atlas yet: {join_names(newer)}.")
    lessons = "".join(f"<li>{escape(lesson)}</li>" for lesson in atlas.LESSONS)
    st.html(f'<h2 class="subheading">Lessons</h2><ul class="notes">{lessons}</ul>')


@lru_cache(maxsize=4)
def _atlas_drawn(theme: Theme) -> tuple[str, str]:
    """Return the map of the shipped atlas as HTML for the page, and as an SVG file."""
    known = atlas.load()
    assert known is not None
    shown = atlas.table(known, known.missing_strategies)
    html = heat_table(shown, theme, "colour: from chance to the Bayes optimum")
    return html + SAVES, standalone(heatmap(shown, theme))
