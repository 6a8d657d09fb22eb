"""The Download popover: a picture with its options and preview, tables, and all in one zip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import streamlit as st

from components.analysis.model_view import model_view
from components.core.errors import FileError
from components.core.graph import Graph
from components.core.markup import message_markdown
from components.export import archive, parameters
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render import caption, pdf, pictures
from components.render.options import DiagramOptions, Direction, Level
from components.render.pictures import FORMATS, SCALES, Page
from components.ui.kit import layout
from components.ui.kit.downloads import TABLES, THEMES, download, select, select_picture

PREVIEW, WIDTH = 240, 290
"""Height and width of the preview in pixels."""
_LEVELS: dict[Level, str] = {"blocks": "Blocks", "layers": "Layers", "everything": "Everything"}
_DIRECTIONS: dict[Direction, str] = {"vertical": "Top to bottom", "horizontal": "Left to right"}
_PAGES: dict[Page, str] = {"fit": "To fit", "A4": "A4"}
_switch = partial(layout.switch, labelled=True)


def download_panel(
    spec: Architecture,
    graph: Graph,
    costs: Costs,
    shown: DiagramOptions,
    *,
    key: str,
    extra: Callable[[], dict[str, bytes]] | None = None,
    first: Callable[[], None] | None = None,
) -> None:
    """Options of the picture with a preview, and buttons that make a file when they are clicked.

    `shown` are the options of the picture on the page, with which the choices start. `extra` gives
    further files for the zip, such as the script. `first` draws what stands above the choices.
    """
    left, right = st.columns(2, gap="medium")
    with left:
        if first is not None:
            first()
        options = _choices(spec, graph, shown, key)
    with right:
        _preview(spec, graph, options)
        refused = _refused(lambda: pictures.check_letters(options))
        _picture(spec, graph, options, key, refused)
        _table(spec, graph, costs, key)
        with st.container(horizontal=True, gap="small"):
            download("Model (.json)", spec.json_text, f"{spec.name}.json", key=f"{key}.json")
            download(
                "All (.zip)",
                lambda: archive.model_archive(
                    spec, graph, costs, options, extra() if extra else None
                ),
                f"{spec.name}.zip",
                key=f"{key}.zip",
                disabled=refused,
                help="The picture at every level and in every format, the tables, summary and "
                "description as text, the model as JSON, and the script if the model can be built.",
            )


def _choices(spec: Architecture, graph: Graph, shown: DiagramOptions, key: str) -> DiagramOptions:
    theme = select("Colours", THEMES, f"{key}.theme")
    level = _switch("Level of detail", _LEVELS, f"{key}.level", "layers")
    direction = _switch("Direction", _DIRECTIONS, f"{key}.direction", shown.direction)
    title = st.text_input("Title", max_chars=120, key=f"{key}.title", persist_state="session")
    with st.container(gap="xsmall"):
        legend = st.toggle("Legend", key=f"{key}.legend", persist_state="session")
        clear = st.toggle(
            "Transparent background", value=True, key=f"{key}.clear", persist_state="session"
        )
        below = st.toggle("Caption below the picture", key=f"{key}.below", persist_state="session")
    return replace(
        shown,
        theme=theme,
        level=level,
        direction=direction,
        title=title.strip(),
        caption=_caption(spec, graph, key) if below else "",
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
        help="Generated from the architecture. You can edit it.",
    ).strip()


def _picture(
    spec: Architecture, graph: Graph, options: DiagramOptions, key: str, refused: bool
) -> None:
    scale = 2
    page: Page = "fit"
    with st.container(horizontal=True, gap="small"):
        ending = select_picture("Picture", f"{key}.form")
        if ending == "png":
            scale = _switch("Size", {scale: f"{scale}×" for scale in SCALES}, f"{key}.scale", 2)
        if ending == "pdf":
            page = _switch("Page", _PAGES, f"{key}.page", "fit")
    if page == "A4":
        refused = _refused(lambda: pictures.fitted_to_a4(graph, options)) or refused
    download(
        f"Picture as {FORMATS[ending].title}",
        lambda: pictures.render(graph, ending, options, scale, page),
        f"{spec.name}.{ending}",
        key=f"{key}.picture",
        disabled=refused and ending in ("png", "pdf"),
        kind="primary",
    )


def _table(spec: Architecture, graph: Graph, costs: Costs, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        ending = _switch("Parameters by layer", TABLES, f"{key}.table", "md")
        download(
            "Table",
            lambda: parameters.FORMATS[ending](parameters.by_layer(graph, costs)),
            f"{spec.name}_parameters.{ending}",
            key=f"{key}.parameters",
        )


def _preview(spec: Architecture, graph: Graph, options: DiagramOptions) -> None:
    svg = _svg(spec, options)
    width, height = pdf.page_size(svg)
    shown = min(WIDTH, round(width * (PREVIEW - 34) / height))
    with st.container(height=PREVIEW, border=True, horizontal_alignment="center"):
        st.image(svg, width=shown, alt=caption.alt(graph))


@lru_cache(maxsize=64)
def _svg(spec: Architecture, options: DiagramOptions) -> str:
    return pictures.svg(model_view(spec).graph, options)


def _refused(check: Callable[[], object]) -> bool:
    """Whether the check fails; its error is shown."""
    try:
        check()
    except FileError as error:
        st.caption(
            f":red[:material/error:] {message_markdown(error.rule)} {message_markdown(error.fix)}"
        )
        return True
    return False
