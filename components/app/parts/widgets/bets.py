"""A bet: one of a few options, locked before the answer is known; and the choices of a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from components.app.parts.widgets import html_parts
from components.base.markup import escape_markdown
from components.base.text import plural

FEW = 6
"""Maximum number of options shown side by side; more of them are in a list."""
COLOR = "#7C3AED"
"""Colour of bars of shares."""


def number_label(unit: str) -> str:
    """Return the label of a field for a number in a unit, which may be empty."""
    return {"": "Your answer", "%": "Percentage"}.get(unit, f"Number of {unit}")


def bet(
    options: Mapping[str, str],
    choice: str,
    lock: Callable[[str], None],
    *,
    key: str,
    word: str = "bet",
    is_open: bool = True,
    unit: str = "",
) -> None:
    """Draw the options by title, with a button that locks one; later draw the choice.

    Without options, draw a number field with a unit.
    """
    if choice or not is_open:
        title = escape_markdown(options.get(choice, choice)) or "none"
        st.markdown(f":material/lock: Your {word}: **{title}**")
        return
    common: dict[str, Any] = {"label": f"Your {word}", "key": key}
    if options:
        common |= {
            "options": list(options),
            "index": None,
            "format_func": lambda option: escape_markdown(options.get(option, option)),
            "label_visibility": "collapsed",
        }
    if not options:
        common["label"] = number_label(unit)
        st.number_input(value=None, format="%g", step=None, width=220, **common)
    elif len(options) <= FEW:
        st.radio(horizontal=True, **common)
    else:
        st.selectbox(**common)
    st.button(
        f"Lock the {word}",
        key=f"{key}.lock",
        icon=":material/lock:",
        on_click=partial(_lock, lock, key),
    )


def _lock(lock: Callable[[str], None], key: str) -> None:
    """Lock the widget's present value, which is sent with the press."""
    picked = st.session_state.get(key)
    if picked is None:
        st.toast("Give an answer first.", icon=":material/lock_open:")
    else:
        lock(str(picked))


def histogram(counts: Mapping[str, int], learners: int = 0) -> Markup:
    """Return a bar per choice, as long as its share of the learners, or of those who chose."""
    total = max(1, learners or sum(counts.values()))
    bars = (
        html_parts.share_bar(choice, plural(count, "learner"), count / total, COLOR, len(choice))
        for choice, count in counts.items()
    )
    return html_parts.histogram(bars)
