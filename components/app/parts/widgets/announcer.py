"""Invisible region that announces changes of a page to people who use a screen reader."""

from __future__ import annotations

from pathlib import Path

from components.app.parts.widgets import inline_component

_component = inline_component.component(
    "announcer", '<div role="status" aria-live="polite"></div>', Path(__file__).parent
)


def announce(text: str, key: str) -> None:
    """Announce a text when it changes. The first text of a page is not announced."""
    _component(key=key, data=text, height=1)
