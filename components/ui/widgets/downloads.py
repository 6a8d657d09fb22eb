"""Download buttons, and the choices of theme and format beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import streamlit as st

from components.export.formats import media_type
from components.export.formats.base import FileFormat
from components.render.palette import ThemeName

THEMES: dict[ThemeName, str] = {
    "light": "Light",
    "dark": "Dark",
    "print": "Print (grey)",
    "colour-blind": "Colour-blind safe",
}


def titles(formats: Mapping[str, type[FileFormat]]) -> dict[str, str]:
    """The titles of formats, by their endings."""
    return {ending: form.title for ending, form in formats.items()}


def select(label: str, options: Mapping[Any, str], key: str) -> Any:
    """A select box of options by their titles, kept for the session."""
    return st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        persist_state="session",
    )


def download(
    label: str,
    data: Callable[[], str | bytes],
    name: str,
    *,
    key: str,
    help: str | None = None,
    disabled: bool = False,
    kind: Literal["primary", "secondary", "tertiary"] = "secondary",
    icon: str | None = "download",
    width: Literal["stretch", "content"] | None = None,
) -> None:
    """A button that makes a file when it is clicked, as wide as its column unless tertiary."""
    st.download_button(
        label,
        data,
        name,
        media_type(name),
        key=key,
        type=kind,
        icon=icon and f":material/{icon}:",
        on_click="ignore",
        help=help,
        disabled=disabled,
        width=width or ("content" if kind == "tertiary" else "stretch"),
    )
