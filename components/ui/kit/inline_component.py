"""Components of our own: HTML in the page, with the style and script of a name beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st


def component(name: str, html: str, folder: Path) -> Any:
    """A component from its HTML and from `<name>.css` and `<name>.js` in the folder."""
    css, js = ((folder / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return st.components.v2.component(f"fusion_{name}", html=html, css=css, js=js)


def trigger_value(key: str, trigger: str) -> str | None:
    """What a trigger was given: an empty text for nothing, `None` where the component is gone."""
    found = st.session_state.get(key)
    return None if found is None else str(getattr(found, trigger) or "")
