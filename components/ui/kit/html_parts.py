"""HTML that pages share: numbers in a row, cards with rows, and bars of shares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

LONGEST = 24
"""Letters of a name beside a bar at most."""


def figures(cells: Iterable[tuple[str, str, str]]) -> str:
    """Numbers in one row, each with its name above it and a tooltip. Numbers are HTML."""
    parts = "".join(
        f'<div title="{escape(tip)}"><dt>{escape(name)}</dt><dd>{number}</dd></div>'
        for name, number, tip in cells
    )
    return f'<dl class="figures" data-testid="figures">{parts}</dl>'


def card(title: str, content: str, *, note: str = "", color: str = "inherit") -> str:
    """A card with a title in a colour, a note below it, and HTML content."""
    below = f"<p>{escape(note)}</p>" if note else ""
    return (
        f'<div class="card" data-testid="card"><h4 style="color:{color}">{escape(title)}</h4>'
        f"{below}{content}</div>"
    )


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """A table of names and values."""
    cells = "".join(f"<tr><td>{escape(k)}</td><td>{_unbroken(v)}</td></tr>" for k, v in pairs)
    return f"<table>{cells}</table>"


def share_bar(name: str, numbers: str, share: float, color: str) -> str:
    """A name with its numbers, above a bar as long as its share of the whole."""
    bar = f'<i style="width:{100 * share:.2f}%;background:{color}"></i>' if share else ""
    return (
        f'<table><tr><td title="{escape(name)}">{escape(_short(name))}</td>'
        f'<td>{_unbroken(numbers)}</td></tr></table><div class="bar">{bar}</div>'
    )


def _short(name: str) -> str:
    """A name, shortened in its middle if it is long: names often differ at their ends only."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2 - 1]}…{name[-LONGEST // 2 :]}"


def _unbroken(text: str) -> str:
    """A text as HTML whose numbers and shapes are never broken across lines."""
    glued = re.sub(r"(?<=\d) (?=[KMGTPB%])| (?=[×·])|(?<=[×·]) ", "\N{NO-BREAK SPACE}", text)
    return escape(glued)
