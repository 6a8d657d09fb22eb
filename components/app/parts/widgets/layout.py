"""Errors, headings, formulas, rows of widgets, and choices kept for the session."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from html import escape
from typing import Any

import streamlit as st

from components.base.markup import message_markdown


def show_error(text: str | None) -> None:
    """Show an error, if there is one."""
    if text:
        st.error(message_markdown(text), icon=":material/error:")


def key_class(key: str) -> str:
    """Return a widget's key as in the page's CSS class, after `st-key-`."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())


def heading(text: str) -> None:
    """Draw the heading of a section of a page."""
    st.html(f'<h2 class="subheading">{escape(text)}</h2>', width="content")


def fold(title: str, about: str, key: str, draw: Callable[[], None]) -> None:
    """Draw a section of a page that is closed at first; `draw` its content only while open."""
    panel = st.expander(f"**{title}**: {about}", key=key, on_change="rerun")
    if panel.open:
        with panel:
            draw()


def formula(latex: str) -> None:
    """Draw a LaTeX formula that can break between its parts on narrow screens."""
    parted = re.sub(r"(\\quad|;\\,)", r"\1\\allowbreak ", latex)
    st.markdown(rf"$\displaystyle {parted}$")


def opens_sidebar(label: str) -> None:
    """Draw a button that opens the sidebar; it is visible only if the sidebar is a closed sheet."""
    st.html(f'<button type="button" class="opens-sidebar">{escape(label)}</button>')


def row(
    key: str | None = None, *, spread: bool = False, **more: Any
) -> AbstractContextManager[Any]:
    """Return a horizontal container; `spread` moves its content to both ends."""
    alignment = "distribute" if spread else "left"
    options = {"horizontal_alignment": alignment, "vertical_alignment": "center", **more}
    return st.container(horizontal=True, key=key, **options)


def switch(
    label: str,
    options: Mapping[Any, str] | Sequence[str],
    key: str,
    default: Any = None,
    *,
    labelled: bool = False,
) -> Any:
    """Draw a few options side by side, kept for the session; `default` is the first of them.

    A mapping has the options with their titles. Only a `labelled` switch shows its label.
    """
    titles = options if isinstance(options, Mapping) else {option: option for option in options}
    return st.segmented_control(
        label,
        list(titles),
        format_func=titles.__getitem__,
        default=default or next(iter(titles)),
        required=True,
        key=key,
        label_visibility="visible" if labelled else "collapsed",
        persist_state="session",
    )
