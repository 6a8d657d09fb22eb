"""The Build page in projector mode: the picture of the model, its title and three figures."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.analysis import model_view
from components.core.text import short_number
from components.render import caption
from components.render.palette import Theme
from components.ui.editor.model_editor import ModelEditor
from components.ui.frame import present
from components.ui.widgets import forms
from components.ui.widgets.html_parts import Figure


def presented(editor: ModelEditor, theme: Theme) -> None:
    """The model that the Build page shows."""
    architecture = editor.shown
    view = model_view.model_view(architecture)
    total = view.costs.total
    figures = (
        Figure("Parameters", f"{total.parameters:,}"),
        Figure("FLOPs", short_number(total.flops)),
        Figure("Layers", f"{view.graph.layers:,}"),
    )
    present.heading(forms.humanize(architecture.name), figures)
    if editor.error is not None:
        st.markdown(":red[:material/error:] **This model can't be built yet**")
    draw = partial(model_view.svg, architecture)
    present.diagram(draw, view.graph, theme, caption.text(view.graph))
