"""A button that copies a text or a picture to the browser's clipboard."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components.app.parts.widgets import inline_component

_HTML = """
<div class="copy">
  <button>
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <rect x="8" y="8" width="12" height="13" rx="2"></rect>
      <path d="M16 4.5A1.5 1.5 0 0 0 14.5 3h-9A1.5 1.5 0 0 0 4 4.5v11A1.5 1.5 0 0 0 5.5 17"></path>
    </svg>
    Copy
  </button>
  <span class="note" role="status" aria-live="polite"></span>
</div>
"""
HEIGHT, WIDTH = 38, 100
SHORT = 60
"""Maximum number of characters of a text that fits on one line."""
_component = inline_component.component(
    "copy_button", _HTML, Path(__file__).parent, with_clipboard=True
)
_REFUSED = "The browser blocked copying."
_REFUSED_PICTURE = (
    "Browsers copy pictures only from pages over HTTPS or of this computer. Download the PNG "
    "instead."
)


def copy_button(
    text: str,
    name: str,
    *,
    key: str,
    pixels: int = 0,
    disabled: bool = False,
    instead: str = "Download the file instead.",
) -> str:
    """Copy a text; if `pixels` is not 0, the text is an SVG that is copied as a PNG of that width.

    `instead` says what to do if a browser does not let a page copy a text.

    Return the reason if the browser has just refused to copy, else an empty text.
    """
    refused = _REFUSED_PICTURE if pixels else f"{_REFUSED} {instead}"
    data = {
        "text": text,
        "name": name,
        "pixels": pixels,
        "disabled": disabled,
        "refused": refused,
    }
    state = _component(
        key=key, data=data, height=HEIGHT, width=WIDTH, on_refused_change=lambda: None
    )
    return refused if state.refused else ""


def copied_code(text: str, name: str, *, key: str) -> None:
    """Draw a long text, such as a link, with a button that copies it."""
    st.code(text, language=None, wrap_lines=True, height="content" if len(text) < SHORT else 90)
    if refused := copy_button(text, name, key=key, instead="Select the text and copy it."):
        st.caption(refused)
