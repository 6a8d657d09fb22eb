"""Charts with a button that saves them as SVG or PNG; a projector enlarges all parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import streamlit as st

from components.app.parts.widgets import layout, projector
from components.models.drawing.charts import Option
from components.models.drawing.interactive import ImageFormat, toolbox
from components.models.drawing.palette import Theme

KEY = "saved_as"
SMALLEST = 12
"""Size in pixels of the smallest letters in our charts, and the default size."""
WIDE = 1.5
"""Factor by which a wide screen enlarges all parts."""
WIDE_FROM = 1700
"""Width of a chart in pixels from which its screen is wide."""
_LENGTHS = frozenset(
    {
        *("fontSize", "lineHeight", "width", "height", "maxWidth", "minWidth", "borderWidth"),
        *("symbolSize", "itemWidth", "itemHeight", "itemGap", "nameGap", "padding", "distance"),
        *("left", "right", "top", "bottom"),
    }
)
_TEXTS = ("axisLabel", "nameTextStyle", "textStyle", "pageTextStyle", "label")


def select_format() -> ImageFormat:
    """Draw the choice of format in one line, for all charts of the session; return it."""
    titles = {form: form.upper() for form in get_args(ImageFormat)}
    with layout.row(f"{KEY}_row", gap="xsmall", width="content"):
        st.caption("Save charts as", width="content")
        chosen: ImageFormat = layout.switch("Save charts as", titles, KEY, "png")
    return chosen


def chart(
    option: Mapping[str, Any],
    name: str,
    theme: Theme,
    *,
    key: str,
    height: int,
    alt: str,
    width: int | Literal["stretch"] = "stretch",
) -> None:
    """Draw an ECharts option, with a button that saves it as `name`, with its background.

    It is drawn in the format in which it is saved; on a projector as SVG, sharp at each size.
    `height` and `width` are pixels.
    """
    form: ImageFormat = st.session_state.get(KEY) or "png"
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


def enlarged(option: Option, letters: float) -> dict[str, Any]:
    """Return the option with letters of at least `letters` pixels, larger on a wide screen."""
    factor = letters / SMALLEST
    media = [*option.get("media", ()), {"option": {}}]
    alone = {key: value for key, value in option.items() if key != "media"}
    usual = next(one["option"] for one in media if "query" not in one)
    wide = [_grown(part, factor * WIDE) for part in (alone, usual)]
    query = {"minWidth": WIDE_FROM}
    grown: dict[str, Any] = _grown({**alone, "media": media[:-1] or media}, factor)
    grown["media"] += [{"query": query, "option": part} for part in wide]
    return grown


def _grown(part: Any, factor: float, name: str = "") -> Any:
    """Return a part of an option with all lengths multiplied."""
    if isinstance(part, Mapping):
        defaults = {"fontSize": SMALLEST} if name in _TEXTS else {}
        return {key: _grown(value, factor, key) for key, value in {**defaults, **part}.items()}
    if isinstance(part, list | tuple):
        return [_grown(one, factor, name) for one in part]
    is_length = name in _LENGTHS and isinstance(part, int | float) and not isinstance(part, bool)
    return round(factor * part, 2) if is_length else part
