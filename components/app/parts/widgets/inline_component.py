"""The app's own components: HTML in the page, with a stylesheet and a script in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_CLIPBOARD = Path(__file__).with_name("clipboard.js")


def component(name: str, html: str, folder: Path, *, with_clipboard: bool = False) -> Any:
    """Return a component from its HTML and from `<name>.css` and `<name>.js` in the folder.

    With the clipboard, its script may call the functions of `clipboard.js`, which also make PNGs.
    """
    css, js = ((folder / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    if with_clipboard:
        js += _CLIPBOARD.read_text(encoding="utf-8")
    return st.components.v2.component(f"fusion_{name}", html=html, css=css, js=js)


def trigger_value(key: str, trigger: str) -> str | None:
    """Return the value of a trigger: empty if it has none, `None` if the component is gone."""
    state = st.session_state.get(key)
    return None if state is None else str(getattr(state, trigger) or "")
