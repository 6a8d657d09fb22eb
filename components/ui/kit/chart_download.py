"""Whether charts are saved as SVG or as PNG: one choice for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import streamlit as st

from components.render.interactive import ImageFormat, toolbox
from components.render.palette import Theme

KEY = "saved_as"


def form() -> ImageFormat:
    """A control for the choice in one line, and what is chosen."""
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        gap="xsmall",
        width="content",
        key=f"{KEY}_row",
    ):
        st.caption("Save charts as", width="content")
        chosen: Any = st.segmented_control(
            "Save charts as",
            get_args(ImageFormat),
            format_func=str.upper,
            default="png",
            required=True,
            key=KEY,
            label_visibility="collapsed",
            persist_state="session",
        )
    found: ImageFormat = chosen
    return found


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
    """Draw an ECharts option, with a button that saves it, its ground included, as `name`.

    Of the form, since ECharts saves what it has drawn; `height` and `width` in pixels.
    """
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
