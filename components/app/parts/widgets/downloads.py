"""Download buttons, and the choices of theme, format and more beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import streamlit as st

from components.app.parts.widgets import layout, offered_files
from components.app.parts.widgets.offered_files import OfferedFile
from components.models.drawing.palette import ThemeName
from components.models.language.fields import Setting
from components.models.language.registry import Concept
from components.sharing.formats import media_type

THEMES: dict[ThemeName, str] = {
    "light": "Light",
    "dark": "Dark",
    "print": "Print (grey)",
    "colour-blind": "Colour-blind safe",
}


def titles(formats: Mapping[str, type[Concept]]) -> dict[str, str]:
    """Return the titles of formats by file extension."""
    return {ending: form.title for ending, form in formats.items()}


def select(label: str, options: Mapping[Any, str], key: str) -> Any:
    """Draw a select box of options by title, kept for the session."""
    return st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        persist_state="session",
    )


def widget(setting: Setting, key: str, empty: str) -> Any:
    """Draw the widget of a setting, kept for the session; an empty number field shows `empty`."""
    if setting.type == "choice":
        options = {option: option[:1].upper() + option[1:] for option in setting.options}
        return layout.switch(setting.title, options, key, setting.default, labelled=True)
    if setting.type == "bool":
        return st.toggle(setting.title, setting.default, key=key, persist_state="session")
    kept: dict[str, Any] = {"key": key, "help": setting.help, "persist_state": "session"}
    if setting.longest:
        return st.text_input(setting.title, max_chars=setting.longest, **kept)
    if setting.type == "text":
        return st.text_area(setting.title, height=80, max_chars=2000, **kept)
    return st.number_input(
        f"{setting.title} in {setting.unit}" if setting.unit else setting.title,
        setting.minimum,
        setting.maximum,
        value=setting.default,
        step=setting.step,
        placeholder=empty,
        format="%g",
        **kept,
    )


def csv_download(
    label: str, make: Callable[[], str], name: str, key: str, disabled: bool = False
) -> None:
    """Draw a tertiary button that makes a table as a CSV file."""
    download(label, make, f"{name}.csv", key=key, kind="tertiary", disabled=disabled)


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
    """Draw a button that makes a file when clicked, as wide as its column unless tertiary."""
    mime = media_type(name)
    file = None if disabled else OfferedFile(data, name, mime)
    offered_files.of_session().offer(key, file)
    st.download_button(
        label,
        data,
        name,
        mime,
        key=key,
        type=kind,
        icon=icon and f":material/{icon}:",
        on_click="ignore",
        help=help,
        disabled=disabled,
        width=width or ("content" if kind == "tertiary" else "stretch"),
    )
