"""A picture as a file or on the clipboard: its format and size, and a button for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.core.errors import FileError
from components.core.graph import Graph
from components.core.markup import message_markdown
from components.render import pdf, pictures
from components.render.options import DiagramOptions
from components.render.palette import ThemeName
from components.render.pictures import FORMATS, MM, SCALES, SMALLEST_LETTERS, WIDTHS, FileSize, Page
from components.ui.kit import layout
from components.ui.kit.copy_button import copy_button
from components.ui.kit.downloads import THEMES, download, select

INCH = 96
"""Dots an inch of a PNG at a scale of 1."""
PRINTED = (150, 300, 600)
"""Dots an inch of a PNG whose width in millimetres is set."""
_SIZED = ("svg", "png", "pdf")
_PAGES: dict[Page, str] = {"fit": "To fit", "A4": "A4"}
_switch = partial(layout.switch, labelled=True)


def select_theme(shown: ThemeName, key: str) -> ThemeName:
    """The chosen colours; at first those of the page."""
    theme: ThemeName = select("Colours", {shown: THEMES[shown], **THEMES}, key)
    return theme


def picture_download(
    graph: Graph,
    options: DiagramOptions,
    name: str,
    *,
    key: str,
    svg: Callable[[], str],
    letters_missing: bool = False,
) -> None:
    """Choices of format and size, and buttons that save or copy the picture.

    `svg` returns the picture in its natural size. If `letters_missing`, PNG and PDF can't be made.
    """
    with layout.row(vertical_alignment="bottom", gap="small"):
        titles = {ending: each.title for ending, each in FORMATS.items()}
        ending: str = select("Picture", titles, f"{key}.form")
        size = _size(ending, key)
    refused = letters_missing and ending in ("png", "pdf")
    if size.page == "A4":
        refused = is_refused(lambda: pictures.fitted_to_a4(graph, options)) or refused
    elif size.width:
        _note_letters(svg(), options, size.width)
    unable = ""
    with layout.row(gap="small"):
        download(
            f"Picture as {FORMATS[ending].title}",
            lambda: pictures.render(graph, ending, options, size),
            f"{name}.{ending}",
            key=f"{key}.picture",
            disabled=refused,
            kind="primary",
        )
        if ending != "pdf":
            unable = _copy(graph, options, ending, size, svg, key, refused)
    if unable:
        st.caption(f":orange[:material/warning:] {unable}")


def is_refused(check: Callable[[], object]) -> bool:
    """Whether the check fails; its error is shown."""
    try:
        check()
    except FileError as error:
        text = f"{message_markdown(error.rule)} {message_markdown(error.fix)}"
        st.caption(f":red[:material/error:] {text}")
        return True
    return False


def _size(ending: str, key: str) -> FileSize:
    page: Page = _switch("Page", _PAGES, f"{key}.page", "fit") if ending == "pdf" else "fit"
    width = _width(f"{key}.width") if ending in _SIZED and page == "fit" else 0
    if ending != "png":
        return FileSize(page=page, width=width)
    if width:
        dots = _switch("Dots per inch", {n: str(n) for n in PRINTED}, f"{key}.dpi", PRINTED[1])
        return FileSize(dots / INCH, width=width)
    return FileSize(_switch("Size", {n: f"{n}×" for n in SCALES}, f"{key}.scale", 2))


def _width(key: str) -> int:
    """The width in millimetres; 0 for the natural size."""
    chosen = st.number_input(
        "Width in mm",
        *WIDTHS,
        value=None,
        step=10,
        placeholder="Natural",
        key=key,
        persist_state="session",
        help="The width on paper: a column of a journal has about 85 mm. Empty for natural size.",
    )
    return chosen or 0


def _note_letters(svg: str, options: DiagramOptions, width: float) -> None:
    """How small the letters become at that width."""
    points = options.small * width * MM / pdf.page_size(svg)[0]
    text = f"The smallest letters have {points:.1f} points."
    if points < SMALLEST_LETTERS:
        text = f":orange[:material/warning:] {text} Print needs {SMALLEST_LETTERS:g} or more."
    st.caption(text)


def _copy(
    graph: Graph,
    options: DiagramOptions,
    ending: str,
    size: FileSize,
    svg: Callable[[], str],
    key: str,
    refused: bool,
) -> str:
    """Why the browser has just refused to copy, if it has."""
    pixels = 0
    if ending in ("svg", "png"):
        text = pictures.as_wide_as(svg(), size.width)
        if ending == "png":
            points = size.width * MM or pdf.page_size(text)[0]
            pixels = round(points / 72 * INCH * size.scale)
    else:
        text = FORMATS[ending].render(graph, options, size).decode()
    return copy_button(
        text, FORMATS[ending].title, key=f"{key}.copy", pixels=pixels, disabled=refused
    )
