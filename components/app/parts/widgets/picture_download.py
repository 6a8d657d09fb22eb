"""A picture as a file or on the clipboard: its format and choices, and a button for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from components.app.parts.widgets import layout
from components.app.parts.widgets.copy_button import copy_button
from components.app.parts.widgets.downloads import THEMES, download, select, titles, widget
from components.base.errors import FileError
from components.base.markup import message_markdown
from components.models.drawing.diagram_svg import MM, page_size
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import ThemeName
from components.models.drawing.paper import SMALLEST_LETTERS
from components.models.drawing.raster import DOTS
from components.models.language.fields import settings
from components.models.language.graph import Graph
from components.sharing.formats import PICTURES, picture_format
from components.sharing.formats.base import PictureFormat


def select_theme(shown: ThemeName, key: str) -> ThemeName:
    """Draw the choice of colours, at first those of the page, and return it."""
    theme: ThemeName = select("Colours", {shown: THEMES[shown], **THEMES}, key)
    return theme


def picture_download(
    graph: Graph, options: DiagramOptions, name: str, *, key: str, svg: Callable[[], str]
) -> None:
    """Draw choices of format, and buttons that save or copy the picture.

    `svg` returns the file of the picture in its natural size.
    """
    with layout.row(vertical_alignment="bottom", gap="small"):
        ending: str = select("Picture", titles(PICTURES), f"{key}.form")
        chosen = _choices(ending, key)
    refused = _is_refused(lambda: chosen.check(graph, options))
    if chosen.paper_width:
        _note_letters(svg(), options, chosen.paper_width)
    unable = ""
    with layout.row(gap="small"):
        download(
            f"Picture as {chosen.title}",
            lambda: chosen.write(graph, options),
            f"{name}.{ending}",
            key=f"{key}.picture",
            disabled=refused,
            kind="primary",
        )
        if chosen.clipboard != "none":
            unable = _copy(graph, options, chosen, svg, key, refused)
    if unable:
        st.caption(f":orange[:material/warning:] {unable}")


def _is_refused(check: Callable[[], object]) -> bool:
    """Return `True` if the check fails, and show its error."""
    try:
        check()
    except FileError as error:
        text = f"{message_markdown(error.rule)} {message_markdown(error.fix)}"
        st.caption(f":red[:material/error:] {text}")
        return True
    return False


def _choices(ending: str, key: str) -> PictureFormat:
    """Return the format with its chosen settings."""
    values: dict[str, Any] = {}
    for setting in settings(PICTURES[ending]):
        if setting.applies(values):
            values[setting.name] = widget(setting, f"{key}.{ending}.{setting.name}", "Natural")
    return picture_format(ending, values)


def _note_letters(svg: str, options: DiagramOptions, width: float) -> None:
    """Note the size of the smallest text at that width."""
    points = options.small * width * MM / page_size(svg)[0]
    text = f"The smallest text is {points:.1f} pt."
    if points < SMALLEST_LETTERS:
        text = f":orange[:material/warning:] {text} Use at least {SMALLEST_LETTERS:g} pt for print."
    st.caption(text)


def _copy(
    graph: Graph,
    options: DiagramOptions,
    chosen: PictureFormat,
    svg: Callable[[], str],
    key: str,
    refused: bool,
) -> str:
    """Draw the copy button, and return why the browser has just refused to copy, if it has."""
    pixels = 0
    if chosen.clipboard == "picture":
        text = svg()
        pixels = round(page_size(text)[0] / 72 * DOTS)
    else:
        text = "" if refused else chosen.write(graph, options).decode()
    return copy_button(text, chosen.title, key=f"{key}.copy", pixels=pixels, disabled=refused)
