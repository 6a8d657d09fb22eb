"""The diagram of a trained model, its branches as wide as their shares."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import streamlit as st

from components.analysis.model_view import model_view, svg
from components.core.markup import escape_markdown
from components.inspection.measures.shapley_share import ShapleyShare
from components.inspection.weighted_branches import branch_weights
from components.model.spec import Architecture
from components.render import caption, diagram
from components.render.options import DiagramOptions, Level, transparent_by_default
from components.ui.inspect.shown_head import ShownHead
from components.ui.kit import layout
from components.ui.kit.picture_download import picture_download, select_theme
from components.ui.kit.viewer import viewer

HEIGHTS: dict[Level, int] = {"blocks": 320, "layers": 520}
_LEVELS: dict[Level, str] = {"blocks": "Blocks", "layers": "Layers"}
LIMIT = "It does not show how many numbers a branch sends, nor which of its layers does the work."


def show_weighted_diagram(shown: ShownHead) -> None:
    """The picture with what it says and does not say, its level of detail, and its files."""
    if shown.request is None:
        return
    spec = shown.request.architecture
    layout.heading("Weighted diagram")
    st.caption(explain_weights(shown))
    with layout.row("weighted_controls", spread=True):
        level: Level = layout.switch("Level of detail", _LEVELS, "weighted_level")
        options = weighted_options(shown, level)
        files = st.popover(
            "Download", icon=":material/download:", key="weighted_take", on_change="rerun"
        )
        if files.open:
            with files:
                _files(spec, options, f"{shown.run.name} {shown.name} weighted")
    viewer(
        svg(spec, options),
        caption.description(model_view(spec).graph, options),
        None,
        lambda _: None,
        key=f"weighted.{shown.run.id}.{shown.name}.{level}",
        height=HEIGHTS[level],
    )


def weighted_options(shown: ShownHead, level: Level) -> DiagramOptions:
    """The options of the picture: the shares of a head's inputs as weights."""
    assert shown.request is not None
    graph = model_view(shown.request.architecture).graph
    weights = branch_weights(graph, shown.name, shown.head)
    return DiagramOptions(theme=shown.theme.name, level=level, weights=weights)


def explain_weights(shown: ShownHead) -> str:
    """What the picture says here, and what it does not say."""
    shares = zip(shown.head.inputs, ShapleyShare.values(shown.head), strict=True)
    name, most = max(shares, key=lambda share: share[1])
    quality = shown.head.quality - shown.head.nothing
    return (
        f"**{escape_markdown(name)}** has the widest branch: {most:.2f} of the "
        f"{quality:.2f} that this model reaches above chance. An edge is as wide as its input's "
        "Shapley share, dashed where that is negative; cooperation stands where all inputs meet. "
        f"{LIMIT}"
    )


def _files(spec: Architecture, options: DiagramOptions, name: str) -> None:
    theme = select_theme(options.theme, "weighted.theme")
    chosen = replace(options, theme=theme, transparent=transparent_by_default(theme))
    graph = model_view(spec).graph
    picture_download(graph, chosen, name, key="weighted_take", svg=lambda: _picture(spec, chosen))


@lru_cache(maxsize=16)
def _picture(spec: Architecture, options: DiagramOptions) -> str:
    return diagram.file_svg(model_view(spec).graph, options)
