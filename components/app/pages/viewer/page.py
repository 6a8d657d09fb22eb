"""Viewer page: any Keras model as blocks that open, as layers and as a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from components.app.pages.viewer.state import MOST_DRAWN, VIEWS, ViewerState
from components.app.parts.data.carried_file import CarriedFile, carried
from components.app.parts.frame import page_frame
from components.app.parts.frame.engine import engine
from components.app.parts.widgets import (
    forms,
    html_parts,
    inline_component,
    layer_cards,
    layout,
    projector,
    uploads,
)
from components.app.parts.widgets.downloads import download, select, titles
from components.app.parts.widgets.html_parts import Figure
from components.app.parts.widgets.picture_download import picture_download, select_theme
from components.app.parts.widgets.tables import height_of, table
from components.app.parts.widgets.viewer import viewer
from components.base.errors import PlaygroundError
from components.base.markup import escape_markdown
from components.base.pages import page_file
from components.base.text import byte_size
from components.models import imported
from components.models.architecture.architecture import Architecture, parse_json
from components.models.drawing import caption, diagram, formatting, summary
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import Theme
from components.models.imported import ImportedModel, is_keras_model
from components.models.imported.handed_over import PARAMETER, read_handed_over
from components.sharing.code import parameters
from components.sharing.formats import TABLES
from sample_data.content import applications
from sample_data.core.limits import FILE_BYTES

HEIGHT = 560
PROJECTED = (projector.ROOM[0], 415.0)
"""Room of the picture on a projector, below the path and the figures."""
KINDS = 5
"""Number of kinds of unknown layers that are named."""
_drop = inline_component.component("file_drop", "", Path(__file__).parent)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
HOW = 'model.save("model.keras")'
HOW_WITHOUT_WEIGHTS = 'open("model.json", "w").write(\n    model.to_json())'


@lru_cache(maxsize=4)
def example(name: str) -> ImportedModel:
    """Return one of the example models."""
    return imported.read(applications.text(name), name)


def viewer_page() -> None:
    """Draw the whole page, which starts with an example."""
    theme = page_frame.theme()
    if engine().ready and (file := carried()):
        st.session_state["viewer_turn"] = st.session_state.get("viewer_turn", 0) + 1
        _open(file)
    _take_over()
    _drop(key="viewer_drop")
    with st.sidebar, st.container(key="viewer_source"):
        _sources()
    page_frame.await_engine("the model appears here", lambda: _page(theme))


def _sources() -> None:
    st.header("Model file", anchor=False)
    turn = st.session_state.setdefault("viewer_turn", 0)
    widget = f"viewer_file~{turn}"
    st.file_uploader(
        "Keras model (.keras, .h5 or .json)",
        key=widget,
        on_change=_opened,
        args=(widget,),
        max_upload_size=uploads.most_bytes(FILE_BYTES) // 1_000_000,
        help="Drop it anywhere on the page. A model saved by Keras 3, or by Keras 2 as far as its "
        "files are complete. It is read as data: no code in it runs, and "
        "of its weights only the shapes are read. Keras infers the shapes and parameters of its "
        "own layers.",
    )
    if error := st.session_state.get("viewer_error"):
        _refused(error, st.session_state.get("viewer_architecture"))
    st.caption("Save your model with:")
    st.code(HOW, language="python")
    st.caption("Without its weights, which makes a small file:")
    st.code(HOW_WITHOUT_WEIGHTS, language="python")
    st.caption("Or view one of Keras's applications (Apache License 2.0):")
    for name in applications.names():
        st.button(name, key=f"viewer.{name}", width="stretch", on_click=_example, args=(name,))


def _refused(error: str, architecture: Architecture | None) -> None:
    """Draw why a file can't be shown; an architecture of ours can be opened on the Build page."""
    if architecture is None:
        layout.show_error(error)
        return
    st.info(
        f"The file holds the architecture {escape_markdown(architecture.name)} of this playground.",
        icon=":material/account_tree:",
    )
    help = "Undo on the Build page brings your present model back."
    if page_frame.pressed(
        "Open it on the Build page", key="viewer.build", type="primary", help=help
    ):
        st.session_state.pop("viewer_error")
        page_frame.editor().open(architecture)
        st.switch_page(page_file("Build"))


def _opened(widget: str) -> None:
    for key in ("viewer_error", "viewer_architecture"):
        st.session_state.pop(key, None)
    file = st.session_state[widget]
    if file is None:
        return
    try:
        _open(CarriedFile(file.name, uploads.content(file, FILE_BYTES)))
    except PlaygroundError as error:
        st.session_state["viewer_error"] = f"{file.name}: {error}"


def _open(file: CarriedFile) -> None:
    """Show a file's model; otherwise keep the architecture in it, or why it can't be read."""
    _try_to_show(file.name, lambda: imported.read(file.content))
    st.session_state["viewer_architecture"] = None
    if "viewer_error" in st.session_state and not is_keras_model(file.content):
        with suppress(PlaygroundError):
            st.session_state["viewer_architecture"] = parse_json(file.content)


def _take_over() -> None:
    """Show the model that the address names, once in a session."""
    token = st.query_params.get(PARAMETER, "")
    if token and st.session_state.get("viewer_handed_over") != token:
        st.session_state["viewer_handed_over"] = token
        _try_to_show("fp.open", lambda: read_handed_over(token))


def _example(name: str) -> None:
    """Show an example, and empty the uploader."""
    st.session_state["viewer_turn"] += 1
    _try_to_show(name, lambda: example(name))


def _try_to_show(name: str, read: Callable[[], ImportedModel]) -> None:
    """Show another model; if it can't be read, keep the error for the page."""
    st.session_state.pop("viewer_error", None)
    try:
        _show(read())
    except PlaygroundError as error:
        st.session_state["viewer_error"] = f"{name}: {error}"


def _show(model: ImportedModel) -> ViewerState:
    """Show another model, with a new picture."""
    st.session_state["viewer_count"] = st.session_state.get("viewer_count", 0) + 1
    state = st.session_state["viewer"] = ViewerState(model)
    return state


def _page(theme: Theme) -> None:
    state = st.session_state.get("viewer") or _show(example(applications.names()[0]))
    part, shown = state.open, state.shown
    drawn = state.picture(theme.name)
    _breadcrumbs(state)
    st.html(html_parts.figures(_figures(part)))
    with layout.row("viewer.controls", spread=True):
        with layout.row(width="content"):
            _views(state)
            _pages(state)
        take = "viewer.take"
        files = st.popover("Download", icon=":material/download:", key=take, on_change="rerun")
        if files.open:
            with files:
                viewer_downloads(state, drawn[0] if drawn else None)
    if state.view == "Summary":
        summary_table(part, HEIGHT)
        return
    with st.container(key="picture_row"):
        picture, beside = st.columns([7, 3], gap="small")
    with picture:
        if drawn is None:
            _unreadable()
        else:
            _diagram(state, shown, *drawn)
        for note in part.notes:
            st.caption(escape_markdown(note))
    with beside:
        _find(state)
        _unknown(part)
        st.html(card(shown, state.selected, state.level, theme))


def _breadcrumbs(state: ViewerState) -> None:
    """Draw the name of the model, or the path to the open block."""
    model = state.model
    with layout.row("way", gap="xsmall"):
        for depth in range(len(state.path)):
            path = state.path[:depth]
            st.button(
                escape_markdown(state.part(path).name),
                key=f"viewer.way.{depth}",
                icon=":material/arrow_back:" if depth == len(state.path) - 1 else None,
                type="tertiary",
                on_click=state.go_to,
                args=(path,),
            )
            st.markdown("›", width="content")
        st.markdown(f"**{escape_markdown(state.open.name)}**", width="content")
        if not state.path:
            st.caption(
                f"{escape_markdown(model.kind)} model · Keras {escape_markdown(model.keras)}",
                width="content",
            )


def _figures(part: ImportedModel) -> Iterator[Figure]:
    total, layers = part.costs.total, part.layers
    more = " + ?" if part.uncounted else ""
    tip = "unknown parts are not counted" if more else "trainable and not trainable"
    flops = (total.flops_text(), "a multiply-add counts as two")
    if part.costs.estimated:
        flops = ("by input size", "depends on input sizes that the file leaves open")
    yield Figure("Parameters", f"{total.parameters:,}{more}", tip)
    yield Figure("FLOPs per sample", *flops)
    yield Figure("Layers", f"{layers:,}", "operations included; a shared layer counts once")
    yield Figure("Weight memory", f"{byte_size(total.weight_bytes)}{more}", "as float32")
    if part.unknown:
        tip = "layers with unknown shape, parameters or FLOPs"
        yield Figure("Unknown", f"{len(part.unknown):,}", tip)


def _views(state: ViewerState) -> None:
    st.segmented_control(
        "View",
        VIEWS,
        default=state.view,
        required=True,
        label_visibility="collapsed",
        **forms.linked("viewer_view", state.view, state.set_view),
    )


def _pages(state: ViewerState) -> None:
    """Draw a switch of pages, if there are too many layers for one picture."""
    pages = state.pages if state.paged else []
    if len(pages) < 2:
        return
    base = f"viewer_page.{'-'.join(state.path)}.{len(pages)}"
    first = 1 + sum(map(len, pages[: state.page - 1]))
    last = first - 1 + len(pages[state.page - 1])
    st.pagination(
        len(pages),
        default=state.page,
        max_visible_pages=5,
        **forms.linked(base, state.page, state.set_page),
    )
    st.caption(
        f"{first}–{last} of {sum(map(len, pages)):,}",
        width="content",
        help=f"A readable picture has at most {MOST_DRAWN} layers. Open a block in the Blocks view "
        "to see it alone; the Summary lists all layers.",
    )


def _find(state: ViewerState) -> None:
    """Draw a search of the layers of the open model or block."""
    base = f"viewer_find.{st.session_state['viewer_count']}.{'-'.join(state.path)}"
    layers = [id for page in state.open.stretches(MOST_DRAWN) for id in page]

    def chosen(layer: str | None) -> None:
        if layer is not None:
            state.find(layer)

    with st.container(key="viewer_find"):
        forms.select(
            "Find a layer",
            {layer: layer for layer in layers},
            None,
            base,
            chosen,
            placeholder="Find a layer ( / )",
            label_visibility="collapsed",
        )


def _diagram(state: ViewerState, shown: ImportedModel, options: DiagramOptions, svg: str) -> None:
    if projector.on():
        draw = partial(diagram.svg, shown.graph)
        svg = projector.draw_readable(draw, shown.graph, options, space=PROJECTED)
    position = "-".join((*state.path, state.view, str(state.page)))
    viewer(
        svg,
        caption.text(shown.graph),
        state.selected,
        state.click,
        key=f"viewer.picture.{st.session_state['viewer_count']}.{position}",
        height=HEIGHT,
    )


def _unreadable() -> None:
    st.info(
        "These layers have too many connections for a readable picture. The Summary lists all.",
        icon=":material/table_rows:",
    )


def card(part: ImportedModel, selected: str | None, level: str, theme: Theme) -> Markup:
    """Return the card of the selection, otherwise of the parts with most parameters."""
    graph, costs = part.graph, part.costs
    if level != "blocks":
        if selected is None or selected not in graph:
            hint = "Click a layer for its details."
            return layer_cards.largest(graph, costs, theme, hint, by_layer=True)
        nodes = [graph[selected]]
    elif not (nodes := list(graph.members(selected or ""))):
        return layer_cards.largest(graph, costs, theme, "Click a block to open it.")
    group = graph.group(nodes[0].group)
    if len(nodes) > 1:
        return layer_cards.block(graph, costs, group, theme)
    if not nodes[0].id.startswith(imported.STUB_PREFIX):
        return layer_cards.layer(graph, costs, nodes[0], theme)
    rows = html_parts.rows([("from", group.title), ("output", formatting.output(nodes[0]))])
    note = "An input of this part from the model around it."
    return html_parts.card("Input", rows, note=note, color=theme.tones(group).title)


def _unknown(part: ImportedModel) -> None:
    """Draw a warning that names unknown kinds of layers, with the reasons."""
    strange = Counter(node.layer for node in part.graph.nodes if node.is_unfamiliar)
    if not strange:
        return
    named = [
        f"{escape_markdown(kind)} ×{count}" if count > 1 else escape_markdown(kind)
        for kind, count in strange.most_common(KINDS)
    ]
    kinds = ", ".join(named) + (" and others" if len(strange) > KINDS else "")
    with st.container(border=True, gap=None, key="viewer.unknown"):
        st.markdown(f":orange[:material/help:] **Unknown: {kinds}**")
        st.caption(
            "These are custom layers, code, or layers of Keras with settings that it refuses: what "
            "they compute could not be inferred. Code in a file is never decoded or run."
        )


def viewer_downloads(state: ViewerState, options: DiagramOptions | None) -> None:
    """Draw choices and buttons: the picture, if it can be drawn, and the table of the open part."""
    whole = state.open
    left, right = st.columns(2, gap="medium")
    with left:
        if options is not None:
            _picture(state, options)
    with right:
        ending = select("Table of parameters", titles(TABLES), "viewer.table")
        download(
            f"Parameters as {TABLES[ending].title}",
            lambda: TABLES[ending]().write(parameters.by_layer(whole.graph, whole.costs, "Block")),
            f"{_file_name(whole)}_parameters.{ending}",
            key="viewer.parameters",
        )


def _picture(state: ViewerState, options: DiagramOptions) -> None:
    shown, theme = state.shown, select_theme(options.theme, "viewer.theme")
    legend = st.toggle("Legend", key="viewer.legend", persist_state="session")
    chosen = replace(options, theme=theme, legend=legend, transparent=False)
    picture_download(
        shown.graph,
        chosen,
        _file_name(shown),
        key="viewer",
        svg=lambda: state.file_svg(chosen),
    )


def summary_table(part: ImportedModel, height: int) -> None:
    """Draw a table of all layers, at most `height` pixels high."""
    nodes = part.graph.nodes
    cells = summary.layer_columns(part.graph, part.costs, "Block")
    reads = cells.pop("Reads")
    del cells["Activations"]
    if part.costs.estimated:
        del cells["FLOPs"]
    if part.unknown:
        cells["Unknown"] = [", ".join(node.unknown) for node in nodes]
    cells["Reads"] = reads
    table(cells, height=height_of(len(nodes), height), key="viewer_summary")


def _file_name(part: ImportedModel) -> str:
    return _UNSAFE.sub("_", part.name)[:60].strip("_.") or "model"
