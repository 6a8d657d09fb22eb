"""HTML shared by pages: numbers in a row, cards with rows, and bars of shares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from jinja2 import Environment, Template
from markupsafe import Markup

from components.base.markup import message_html
from components.models.drawing.html_table import html_table

LONGEST = 20
"""Maximum number of characters of a name beside a bar."""
coded = message_html


class Figure(NamedTuple):
    """A number with its name, a tooltip, and the colour of the name."""

    name: str
    number: str
    tip: str = ""
    color: str = ""


def template(text: str) -> Template:
    """Return an HTML template that escapes its values unless they are `Markup`."""
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)


_FIGURES = template("""
{% if title %}<div class="titled"><span class="of">{{ title }}</span>{% endif %}
<dl class="figures{{ ' small' if small }}"{% if not small %} data-testid="figures"{% endif %}>
{% for name, number, tip, color in cells %}
<div{% if tip %} title="{{ tip }}"{% endif %}>
<dt{% if color %} style="color:{{ color }}"{% endif %}>{{ name }}</dt><dd>{{ number }}</dd></div>
{% endfor %}
</dl>{% if title %}</div>{% endif %}""")
_CARD = template("""
<div class="card" data-testid="card"><h2 style="color:{{ color }}">{{ title }}</h2>
{% if note %}<p>{{ note }}</p>{% endif %}{{ content }}</div>""")
_SHARE = template("""
<table><tr><td title="{{ name }}">{{ short }}</td><td>{{ numbers }}</td></tr></table>
<div class="bar">{% if share %}
<i style="width:{{ "%.2f" % (100 * share) }}%;background:{{ color }}"></i>{% endif %}</div>""")


def figures(cells: Iterable[Figure], title: str = "", small: bool = False) -> Markup:
    """Return numbers in one row, each below its name."""
    return Markup(_FIGURES.render(cells=cells, title=title, small=small))


def card(title: str, content: Markup, *, note: str = "", color: str = "inherit") -> Markup:
    """Return a card with a coloured title, a note below it, and content."""
    return Markup(_CARD.render(title=title, content=content, note=note, color=color))


def rows(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Return a table of names and values."""
    return Markup(html_table((name, unbroken(value)) for name, value in pairs))


def share_bar(name: str, numbers: str, share: float, color: str, longest: int = LONGEST) -> Markup:
    """Return a name with its numbers, above a bar as long as its share of the whole."""
    parts = {"name": name, "short": _short(name, longest), "numbers": unbroken(numbers)}
    return Markup(_SHARE.render(share=share, color=color, **parts))


def histogram(bars: Iterable[Markup]) -> Markup:
    """Return the bars of shares below one another."""
    return Markup('<div class="histogram">') + Markup("").join(bars) + Markup("</div>")


def _short(name: str, longest: int) -> str:
    """Shorten a long name in its middle: names often differ only at their ends."""
    return name if len(name) <= longest else f"{name[: longest // 2 - 1]}…{name[-longest // 2 :]}"


def unbroken(text: str) -> str:
    """Keep numbers with their units, and shapes, on one line."""
    return re.sub(r"(?<=\d) (?=[KMGTPB%])| (?=[×·])|(?<=[×·]) ", "\N{NO-BREAK SPACE}", text)
