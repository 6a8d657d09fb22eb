"""Charts with a button that saves them as SVG or PNG: one choice for all charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import streamlit as st

from components.render.interactive import ImageFormat, toolbox
from components.render.palette import Theme
from components.ui.charts.large_charts import enlarged
from components.ui.widgets import layout, projector

KEY = "saved_as"


def select_format() -> ImageFormat:
    """The choice of format in one line; returns it."""
    titles = {form: form.upper() for form in get_args(ImageFormat)}
    with layout.row(f"{KEY}_row", gap="xsmall", width="content"):
        st.caption("Save charts as", width="content")
        chosen: ImageFormat = layout.switch("Save charts as", titles, KEY, "png")
    return chosen


def chart(
    option: Mapping[str, Any],
    name: str,
    form: ImageFormat,
    theme: Theme,
    *,
    key: str,
    height: int,
    alt: str,
    width: int | Literal["stretch"] = "stretch",
) -> None:
    """Draw an ECharts option, with a button that saves it as `name`, with its background.

    It is drawn in the format it is saved in, on a projector as SVG: sharp at each size. `height`
    and `width` are pixels.
    """
    if projector.on():
        option, form = enlarged(option, projector.LETTERS), "svg"
        height, width = projector.TALL, "stretch"
    renderer: Any = "svg" if form == "svg" else "canvas"
    st.echarts_chart(
        _saved(option, name, form, theme),
        key=key,
        height=height,
        width=width,
        renderer=renderer,
        theme=None,
        alt=alt,
    )


def _saved(option: Mapping[str, Any], name: str, form: ImageFormat, theme: Theme) -> dict[str, Any]:
    box = toolbox(name, form)
    box["iconStyle"] = {"borderColor": theme.quiet}
    box["feature"]["saveAsImage"]["backgroundColor"] = theme.page
    ground = {"backgroundColor": theme.page} if form == "svg" else {}
    return {**option, **ground, "toolbox": box}
