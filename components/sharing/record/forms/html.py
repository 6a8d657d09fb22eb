"""HTML: one file without external parts, with pictures that zoom, in light, dark and print."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment
from markdown_it import MarkdownIt
from markupsafe import Markup

from components.base.markup import message_html
from components.models.drawing import diagram
from components.models.drawing.html_table import html_table
from components.models.drawing.palette import ThemeName
from components.models.drawing.svg_parts import svg_address
from components.sharing.formats.base import TextTable, shown
from components.sharing.record.forms.base import (
    Block,
    Code,
    Formula,
    Paragraph,
    Reasons,
    Record,
    RecordForm,
)

_FOLDER = Path(__file__).parent
_STYLE = _FOLDER / "record.css"
_SCRIPT = _FOLDER / "record.js"
_HTML = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_PAGE = _HTML.from_string("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
 style-src 'unsafe-inline'; script-src 'sha256-{{ digest }}'">
<title>{{ record.title }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<h1>{{ record.title }}</h1>
<p class="about">{{ record.about }}</p>
{% for section in record.sections %}
<section>
<h2>{{ section.title }}</h2>
{% for block in section.blocks %}
{{ html(block) }}
{% endfor %}
</section>
{% endfor %}
</main>
<script>{{ script }}</script>
</body>
</html>
""")
_PICTURE = _HTML.from_string("""<figure>
<div class="tools">
<button type="button" data-zoom="1.25" aria-label="Zoom in">+</button>
<button type="button" data-zoom="0.8" aria-label="Zoom out">−</button>
<button type="button" data-zoom="0">Show all</button>
</div>
<div class="stage">
{% for theme, address in pictures.items() %}
<img class="{{ theme }}" src="{{ address }}" alt="{{ picture.alt }}" draggable="false">
{% endfor %}
</div>
<figcaption>{{ picture.caption }}</figcaption>
</figure>""")
_PARTS = re.compile(r"(?<=\\quad)")
"""Places at which a formula continues in the next line where space is scarce."""
_REASONS = MarkdownIt("zero").enable(["list", "emphasis", "backticks", "escape", "link", "newline"])
"""Markdown without HTML, pictures, headings and tables; links lead to no scripts."""
_CODE = _HTML.from_string('<pre tabindex="0"><code>{{ text }}</code></pre>')


class HtmlRecord(RecordForm):
    """Page for browsers. Its policy allows only its own script."""

    title = "HTML"
    rank = 1

    def write(self, record: Record) -> bytes:
        """Return the page."""
        style, script = (Markup(path.read_text("utf-8")) for path in (_STYLE, _SCRIPT))
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        files = {"style": style, "script": script, "digest": Markup(digest)}
        return _PAGE.render(record=record, html=_html, **files).encode()


def _html(block: Block) -> Markup:
    match block:
        case Paragraph():
            return Markup(f"<p>{message_html(block.text)}</p>")
        case Reasons():
            return Markup(_REASONS.render(block.text))
        case Formula():
            return _formula(block)
        case Code():
            return Markup(_CODE.render(text=block.text))
        case TextTable():
            return _table(block)
    themes: tuple[ThemeName, ...] = ("light", "dark")
    pictures = {}
    for theme in themes:
        options = replace(block.options, theme=theme, transparent=True)
        pictures[theme] = svg_address(diagram.file_svg(block.graph, options))
    return Markup(_PICTURE.render(picture=block, pictures=pictures))


def _formula(formula: Formula) -> Markup:
    from latex2mathml.converter import convert

    parts = _PARTS.split(formula.latex.replace(r"\allowbreak", ""))
    written = " ".join(convert(part) for part in parts)
    return Markup(f'<p class="formula">{written}</p>')


def _table(table: TextTable) -> Markup:
    rows = ([shown(cell) for cell in row] for row in table.rows)
    html = html_table(rows, table.columns, caption=table.caption, right=table.numeric)
    return Markup(f'<div class="wide" tabindex="0">{html}</div>')
