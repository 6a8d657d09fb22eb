"""A card's HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from components.core.fields import Setting, settings
from components.encoders.base import Encoder
from components.merges.base import Merge
from components.render.html_table import html_table
from components.ui.kit import html_parts
from components.ui.kit.html_parts import coded
from components.ui.strategies.cards import Card

FACTS = {"good_for": "Good for", "weak_at": "Weak at", "cost": "Cost", "source": "Source"}
"""The facts of an entry, with their labels."""
SHORT = ("good_for", "weak_at")
"""The facts that a card shows; all stand in its details."""


def heading(card: Card, level: int = 3) -> str:
    """Title, plain words, traits and inputs of a card."""
    chips = "".join(f"<span>{escape(tag)}</span>" for tag in card.tags)
    now = '<span class="now">in use</span>' if card.used else ""
    plain = f'<p class="plain">{coded(card.plain)}</p>' if card.plain else ""
    return (
        f'<div class="entry"><h{level}>{escape(card.concept.title)}</h{level}>'
        f'<div class="chips">{now}{chips}</div></div>{plain}'
        f'<p class="quiet">{escape(card.takes)}</p>'
    )


def figures(card: Card) -> str:
    """Output, costs and notes of a card."""
    cells = html_parts.figures(card.figures, small=True)
    notes = "".join(f"<p>{note}</p>" for note in card.notes)
    below = f'<div class="why">{notes}</div>' if notes else ""
    return f"{cells}{below}"


def facts(card: Card, names: Iterable[str] = FACTS) -> str:
    """What it is good for and weak at, its cost and its source, or some of these."""
    texts = [(FACTS[name], getattr(card.concept, name, "")) for name in names]
    rows = "".join(f"<div><dt>{n}</dt><dd>{escape(text)}</dd></div>" for n, text in texts if text)
    return f'<dl class="facts">{rows}</dl>'


def fields(concept: type[Merge] | type[Encoder]) -> str:
    """A table of its own fields, without those that all merges have."""
    shared = tuple(Merge.model_fields) if issubclass(concept, Merge) else ()
    rows = [
        (setting.title, _default(setting), _range(setting), setting.help)
        for setting in settings(concept, skip=shared)
    ]
    if not rows:
        return '<p class="quiet">No fields of its own.</p>'
    head = ("Field", "Default", "Range", "What it does")
    return html_table(rows, head, "fields", row_heads=True)


def _default(setting: Setting) -> str:
    value = setting.default
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:,}"
    return value if isinstance(value, str) and value else "–"


def _range(setting: Setting) -> str:
    if setting.options:
        return ", ".join(setting.options)
    if setting.refers:
        return f"one of the {setting.refers}"
    bounds = ["" if bound is None else f"{bound:,}" for bound in (setting.minimum, setting.maximum)]
    return f"{' to '.join(bounds)} {setting.unit}".strip() if any(bounds) else "on or off"
