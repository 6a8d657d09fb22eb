"""Tells people who use a screen reader what changes on a page, without being seen."""

from __future__ import annotations

from pathlib import Path

from components.ui.widgets import inline_component

_component = inline_component.component(
    "announcer", '<div role="status" aria-live="polite"></div>', Path(__file__).parent
)


def announce(text: str, key: str) -> None:
    """Read a text out when it changes. What the page opens with is not read out."""
    _component(key=key, data=text, height=1)
