"""What the Download popover holds: the picture as one wants it, tables, and all in one zip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from components.core.errors import FileError
from components.core.graph import Graph
from components.export import archive, parameters
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render import caption, pdf, pictures
from components.render.options import DiagramOptions, Direction, Level
from components.render.palette import ThemeName
from components.render.pictures import FORMATS, SCALES, Page
from components.ui.kit import engine

PREVIEW, WIDTH = 240, 290
"""Pixels that the preview is high and wide."""
_THEMES: dict[ThemeName, str] = {
    "light": "Light",
    "dark": "Dark",
    "print": "Print (grey)",
    "colour-blind": "Colour-blind safe",
}
_LEVELS: dict[Level, str] = {"blocks": "Blocks", "layers": "Layers", "everything": "Everything"}
_DIRECTIONS: dict[Direction, str] = {"vertical": "Downwards", "horizontal": "To the right"}
_PAGES: dict[Page, str] = {"fit": "To fit", "A4": "A4"}
_TABLES = {"md": "Markdown", "csv": "CSV", "tex": "LaTeX"}
_MIMES = {
    "md": "text/markdown",
    "csv": "text/csv",
    "tex": "application/x-tex",
    "json": "application/json",
    "zip": "application/zip",
}


def take_away(
    spec: Architecture,
    graph: Graph,
    costs: Costs,
    look: DiagramOptions,
    *,
    key: str,
    extra: Callable[[], dict[str, bytes]] | None = None,
    first: Callable[[], None] | None = None,
) -> None:
    """Choices of the picture with a preview, and buttons that make a file when they are clicked.

    `look` is what the page shows, and where the choices begin. `extra` gives further files for the
    zip, such as the script and the notebook. `first` draws what stands above the choices.
    """
    left, right = st.columns(2, gap="medium")
    with left:
        if first is not None:
            first()
        chosen = _choices(spec, graph, look, key)
    with right:
        _preview(spec, graph, chosen)
        wrong = _wrong(lambda: pictures.check_letters(chosen))
        _picture(spec, graph, chosen, key, wrong)
        _table(spec, graph, costs, key)
        with st.container(horizontal=True, gap="small"):
            _download("Model (.json)", spec.json_text, f"{spec.name}.json", f"{key}.json")
            _download(
                "All (.zip)",
                lambda: archive.model_archive(
                    spec, graph, costs, chosen, extra() if extra else None
                ),
                f"{spec.name}.zip",
                f"{key}.zip",
                disabled=wrong,
                help="The picture at every level and in every form, the tables, the words, "
                "the model as JSON, and the script where all of it fits.",
            )


def _choices(spec: Architecture, graph: Graph, look: DiagramOptions, key: str) -> DiagramOptions:
    theme: ThemeName = st.selectbox(
        "Colours",
        list(_THEMES),
        format_func=_THEMES.__getitem__,
        key=f"{key}.theme",
        persist_state="session",
    )
    level: Level = _one("Level of detail", _LEVELS, "layers", f"{key}.level")
    direction: Direction = _one("Direction", _DIRECTIONS, look.direction, f"{key}.direction")
    title = st.text_input("Title", max_chars=120, key=f"{key}.title", persist_state="session")
    with st.container(gap="xsmall"):
        legend = st.toggle("Legend", key=f"{key}.legend", persist_state="session")
        clear = st.toggle(
            "Transparent background", value=True, key=f"{key}.clear", persist_state="session"
        )
        below = st.toggle("Caption below the picture", key=f"{key}.said", persist_state="session")
    said = _caption(spec, graph, key) if below else ""
    return replace(
        look,
        theme=theme,
        level=level,
        direction=direction,
        title=title.strip(),
        caption=said,
        legend=legend,
        transparent=clear,
    )


def _caption(spec: Architecture, graph: Graph, key: str) -> str:
    return st.text_area(
        "Caption",
        value=caption.text(graph),
        height=110,
        max_chars=1000,
        key=f"{key}.caption.{spec.digest}",
        persist_state="session",
        help="Written from the architecture; change it as you like.",
    ).strip()


def _picture(spec: Architecture, graph: Graph, look: DiagramOptions, key: str, wrong: bool) -> None:
    scale = 2
    page: Page = "fit"
    with st.container(horizontal=True, gap="small"):
        form = st.selectbox(
            "Picture",
            list(FORMATS),
            format_func=lambda ending: FORMATS[ending].title,
            key=f"{key}.form",
            persist_state="session",
        )
        if form == "png":
            scale = _one("Size", {scale: f"{scale}×" for scale in SCALES}, 2, f"{key}.scale")
        if form == "pdf":
            page = _one("Page", _PAGES, "fit", f"{key}.page")
    if page == "A4":
        wrong = _wrong(lambda: pictures.fitted_to_a4(graph, look)) or wrong
    _download(
        f"Picture as {FORMATS[form].title}",
        lambda: pictures.render(graph, form, look, scale, page),
        f"{spec.name}.{form}",
        f"{key}.picture",
        disabled=wrong and form in ("png", "pdf"),
        first=True,
    )


def _table(spec: Architecture, graph: Graph, costs: Costs, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        form = _one("Parameters by layer", _TABLES, "md", f"{key}.table")
        _download(
            "Table",
            lambda: parameters.FORMATS[form](parameters.by_layer(graph, costs)),
            f"{spec.name}_parameters.{form}",
            f"{key}.parameters",
        )


def _preview(spec: Architecture, graph: Graph, look: DiagramOptions) -> None:
    svg = _svg(spec, look)
    width, height = pdf.page_size(svg)
    shown = min(WIDTH, round(width * (PREVIEW - 34) / height))
    with st.container(height=PREVIEW, border=True, horizontal_alignment="center"):
        st.image(svg, width=shown, alt=caption.alt(graph))


@lru_cache(maxsize=64)
def _svg(spec: Architecture, look: DiagramOptions) -> str:
    return pictures.svg(engine.drawn(spec).graph, look)


def _one(label: str, options: Mapping[Any, str], default: Any, key: str) -> Any:
    return st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        default=default,
        required=True,
        key=key,
        persist_state="session",
    )


def _wrong(check: Callable[[], object]) -> bool:
    """Whether the check refuses; what it says is shown."""
    try:
        check()
    except FileError as error:
        st.caption(f":red[:material/error:] {error.rule} {error.fix}")
        return True
    return False


def _download(
    label: str,
    data: Callable[[], str | bytes],
    name: str,
    key: str,
    *,
    disabled: bool = False,
    first: bool = False,
    help: str | None = None,
) -> None:
    ending = name.rpartition(".")[2]
    st.download_button(
        label,
        data,
        name,
        FORMATS[ending].mime if ending in FORMATS else _MIMES[ending],
        key=key,
        type="primary" if first else "secondary",
        icon=":material/download:",
        on_click="ignore",
        help=help,
        disabled=disabled,
        width="stretch",
    )
