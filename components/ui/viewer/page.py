"""The Viewer page: a Keras model from elsewhere as blocks that open, as layers and as a table."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path

import streamlit as st

from components import keras_json
from components.core.errors import ForeignError
from components.core.text import byte_size, short_number
from components.keras_json import MOST_BYTES, ImportedModel
from components.render import caption
from components.render.palette import Theme
from components.ui.kit import engine, forms, page_frame
from components.ui.kit.viewer import viewer
from components.ui.viewer.cards import card, plain, unknown
from components.ui.viewer.download import summary_table, viewer_downloads
from components.ui.viewer.state import MOST_DRAWN, VIEWS, Looked
from sample_data import applications

HEIGHT = 560
HOW = 'open("model.json", "w").write(\n    model.to_json())'
PATIENCE = 60.0
"""Seconds that a file waits for Keras, whose signatures are asked for, once a server."""


@lru_cache(maxsize=4)
def example(name: str) -> ImportedModel:
    """One of the models that are at hand."""
    return keras_json.read(applications.text(name), name)


def viewer_page() -> None:
    """The whole page. It opens with an example."""
    theme = page_frame.theme()
    with st.sidebar:
        page_frame.navigation()
        _sources()
    page_frame.await_engine("the model appears here", lambda: _page(theme))


def _sources() -> None:
    st.subheader("A model from elsewhere", anchor=False)
    turn = st.session_state.setdefault("foreign_turn", 0)
    widget = f"foreign_file~{turn}"
    st.file_uploader(
        "Keras model as JSON",
        type="json",
        key=widget,
        on_change=_opened,
        args=(widget,),
        max_upload_size=MOST_BYTES // 1_000_000,
        help="Read as data: nothing in it is run, and no weights are needed. Of Keras 3, and of "
        "Keras 2 as far as its files tell.",
    )
    if error := st.session_state.get("foreign_error"):
        st.error(error, icon=":material/error:")
    st.caption("Write the file where your model is:")
    st.code(HOW, language="python")
    st.caption("Or look at one of Keras's applications (Apache License 2.0):")
    for name in applications.names():
        st.button(name, key=f"foreign.{name}", width="stretch", on_click=_example, args=(name,))


def _opened(widget: str) -> None:
    st.session_state.pop("foreign_error", None)
    file = st.session_state[widget]
    if file is None:
        return
    engine.engine().wait(PATIENCE)
    try:
        found = keras_json.read(file.getvalue(), Path(file.name).stem)
    except ForeignError as error:
        st.session_state["foreign_error"] = f"{plain(file.name)}: {error}"
        return
    _look_at(found)


def _example(name: str) -> None:
    """Look at an example; the uploader is emptied, as it shows another file."""
    st.session_state["foreign_turn"] += 1
    st.session_state.pop("foreign_error", None)
    engine.engine().wait(PATIENCE)
    _look_at(example(name))


def _look_at(model: ImportedModel) -> Looked:
    """A further model of this session, whose picture starts anew."""
    st.session_state["foreign_count"] = st.session_state.get("foreign_count", 0) + 1
    found = st.session_state["foreign"] = Looked(model)
    return found


def _looked() -> Looked:
    """What this session looks at; at first the smallest example."""
    found: Looked | None = st.session_state.get("foreign")
    return _look_at(example(applications.names()[0])) if found is None else found


def _page(theme: Theme) -> None:
    looked = _looked()
    part, shown = looked.open, looked.shown
    drawn = looked.picture(theme.name)
    _way(looked)
    _figures(part)
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="foreign.controls",
    ):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            _views(looked)
            _pages(looked)
        with st.popover("Download", icon=":material/download:", key="foreign.take"):
            viewer_downloads(shown, drawn[0] if drawn else None, part)
    if looked.view == "Summary":
        summary_table(part, HEIGHT)
        return
    with st.container(key="picture_row"):
        picture, beside = st.columns([7, 3], gap="small")
    with picture:
        if drawn is None:
            _tangle()
        else:
            _diagram(looked, shown, drawn[1])
    with beside:
        _unknown(part)
        st.html(card(shown, looked.selected, looked.level, theme))


def _way(looked: Looked) -> None:
    """Which model it is, and the way to the block that is open."""
    model = looked.model
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="way"):
        for depth in range(len(looked.path)):
            path = looked.path[:depth]
            st.button(
                plain(looked.part(path).name),
                key=f"foreign.way.{depth}",
                icon=":material/arrow_back:" if depth == len(looked.path) - 1 else None,
                type="tertiary",
                on_click=looked.go,
                args=(path,),
            )
            st.markdown("›", width="content")
        st.markdown(f"**{plain(looked.open.name)}**", width="content")
        if not looked.path:
            st.caption(f"{plain(model.kind)} model · Keras {plain(model.keras)}", width="content")


def _figures(part: ImportedModel) -> None:
    total, layers = part.costs.total, part.layers
    more = " + ?" if part.uncounted else ""
    tip = "what cannot be told is not counted" if more else "trainable or not"
    flops = f"{short_number(total.flops)}{' + ?' if part.unknown else ''}"
    figures = [
        ("Parameters", f"{total.parameters:,}{more}", tip),
        ("Weight memory", f"{byte_size(total.weight_bytes)}{more}", "as float32"),
        ("FLOPs a sample", "by input size", "the file leaves sizes of the input open")
        if part.costs.estimated
        else ("FLOPs a sample", flops, "a multiply-add counts as two"),
        ("Layers", f"{layers:,}", "operations included; a shared layer counts once"),
    ]
    if part.unknown:
        tip = "layers of which something cannot be told"
        figures.append(("Unknown", f"{len(part.unknown):,}", tip))
    cells = "".join(
        f'<div title="{escape(tip)}"><dt>{name}</dt><dd>{value}</dd></div>'
        for name, value, tip in figures
    )
    st.html(f'<dl class="figures" data-testid="figures">{cells}</dl>')


def _views(looked: Looked) -> None:
    widget = forms.widget_key("foreign_view", looked.view)
    st.segmented_control(
        "View",
        VIEWS,
        default=looked.view,
        required=True,
        key=widget,
        label_visibility="collapsed",
        on_change=forms.when_changed("foreign_view", widget, looked.see),
    )


def _pages(looked: Looked) -> None:
    """Where the layers are too many for one picture: which of them are shown, and the others."""
    pages = looked.pages if looked.view == "Layers" else []
    if len(pages) < 2:
        return
    base = f"foreign_page.{'-'.join(looked.path)}.{len(pages)}"
    widget = forms.widget_key(base, looked.page)
    first = 1 + sum(map(len, pages[: looked.page - 1]))
    last = first - 1 + len(pages[looked.page - 1])
    st.pagination(
        len(pages),
        default=looked.page,
        max_visible_pages=5,
        key=widget,
        on_change=forms.when_changed(base, widget, looked.turn),
    )
    st.caption(
        f"{first}–{last} of {sum(map(len, pages)):,}",
        width="content",
        help=f"A picture that can be read holds {MOST_DRAWN} layers. For a block alone, open it "
        "in the Blocks view; all layers stand in the Summary.",
    )


def _diagram(looked: Looked, shown: ImportedModel, svg: str) -> None:
    place = "-".join((*looked.path, looked.view, str(looked.page)))
    viewer(
        svg,
        caption.text(shown.graph),
        looked.selected,
        looked.pick,
        key=f"foreign.picture.{st.session_state['foreign_count']}.{place}",
        height=HEIGHT,
    )


def _tangle() -> None:
    st.info(
        "These layers read so many others that a picture would be a tangle of lines. "
        "The summary has them all.",
        icon=":material/table_rows:",
    )


def _unknown(part: ImportedModel) -> None:
    """What cannot be told, and why."""
    said = unknown(part)
    if not said:
        return
    with st.container(border=True, gap=None, key="foreign.unknown"):
        st.markdown(f":orange[:material/help:] **Unknown: {said}**")
        st.caption(
            "The file tells how they were made, not what they are: layers of one's own, or code. "
            "Code in a file is neither decoded nor run."
        )
