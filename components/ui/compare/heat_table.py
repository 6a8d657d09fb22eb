"""A heat map as an HTML table: its heads stay in sight, and a screen reader reads it by cell."""

from __future__ import annotations

from collections.abc import Mapping

from components.render.heatmap import Heatmap, colours
from components.render.palette import Theme
from components.ui.kit.html_parts import template

FEW = 6
"""So many columns at most have level heads; the heads of more are slanted."""
_MARKS = {"best": "best", "tied": "not shown to be below the best", "": ""}
_TABLE = template("""
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


def heat_table(
    shown: Heatmap, theme: Theme, scale: str, picks: Mapping[str, str] | None = None
) -> str:
    """The table with its legend; `scale` says what the colour means, `picks` has the value that a
    click on a column's name picks."""
    return _TABLE.render(
        map=shown,
        few=FEW,
        picks=picks or {},
        marks=_MARKS,
        colours=lambda share: colours(share, theme),
        ends=[colours(end, theme)[0] for end in (0.0, 1.0)],
        scale=scale,
        empty=any(not cell.text for row in shown.rows for cell in row.cells),
    )
