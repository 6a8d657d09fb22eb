"""HTML tables, all written by one template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jinja2 import Environment

_TABLE = Environment(autoescape=True).from_string(
    """{% set look %}{% if cell_style %} style="{{ cell_style }}"{% endif %}{% endset -%}
<table{% if css %} class="{{ css }}"{% endif %}>
{%- if caption %}<caption>{{ caption }}</caption>{% endif %}
{%- if head %}<thead><tr>
{%- for cell in head %}<th{% if right[loop.index0] %} class="right"{% endif %}{{ look }}>
{{- cell }}</th>
{%- endfor -%}
</tr></thead>{% endif -%}
<tbody>{% for row in rows %}<tr>{% for cell in row -%}
{% if loop.first and row_heads %}<th{{ look }}>{{ cell }}</th>
{%- else %}<td{% if right[loop.index0] %} class="right"{% endif %}{{ look }}>
{{- cell }}</td>{% endif %}
{%- endfor %}</tr>{% endfor %}</tbody></table>"""
)


def html_table(
    rows: Iterable[Sequence[object]],
    head: Sequence[str] = (),
    css: str = "",
    row_heads: bool = False,
    caption: str = "",
    right: Sequence[bool] = (),
    cell_style: str = "",
) -> str:
    """Write a table; cells are escaped unless they are `markupsafe.Markup`.

    `row_heads` makes the first cell of each row a heading. Columns where `right` is true get the
    class `right`. `cell_style` is the style of each cell, for pages without style sheets of ours.
    """
    options = {"css": css, "row_heads": row_heads, "caption": caption, "right": right}
    return _TABLE.render(rows=rows, head=head, cell_style=cell_style, **options)
