"""Pictures in a lesson's text: bars, diagrams, and bars of the atlas, each with a text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import NamedTuple

import streamlit as st

from components.app.parts.frame import engine, page_frame
from components.app.parts.widgets.html_parts import template
from components.base.text import join_names
from components.experiments.races import atlas
from components.models.analysis import model_view
from components.models.architecture.architecture import parse
from components.models.drawing import caption
from components.models.drawing.options import DiagramOptions
from components.teaching.lessons.lesson import AtlasPicture, BarsPicture, DiagramPicture, Picture

_BARS = template("""
<figure class="lesson-picture" role="img" aria-label="{{ words }}">
{% for bar in bars %}
<div class="row" aria-hidden="true"><span>{{ bar.name }}</span><b>{{ bar.text }}</b>
<div class="track"><i style="width:{{ "%.1f" % bar.share }}%"></i>
{% for mark in marks %}<u style="left:{{ "%.1f" % mark.share }}%"></u>{% endfor %}</div></div>
{% endfor %}
{% if marks %}<p class="marks" aria-hidden="true">{{ marks_text }}</p>{% endif %}
{% if caption %}<figcaption>{{ caption }}</figcaption>{% endif %}</figure>""")
_DIAGRAM = template("""
<figure class="lesson-picture"><img src="{{ source }}" alt="{{ words }}">
{% if caption %}<figcaption>{{ caption }}</figcaption>{% endif %}</figure>""")
_MARKED = ("chance", "additive", "bayes")


class LabelledBar(NamedTuple):
    """Bar, or mark on all bars: its name, its value as text, and its share of a full bar."""

    name: str
    text: str
    share: float


def draw_picture(picture: Picture) -> None:
    """Draw a picture."""
    if isinstance(picture, BarsPicture):
        st.html(bars_html(picture))
    elif isinstance(picture, AtlasPicture):
        st.html(atlas_html(picture))
    elif engine.engine().ready:
        st.html(_diagram(picture))


def bars_html(picture: BarsPicture) -> str:
    """Return bars as HTML."""
    share = picture.most == 1.0
    bars = [
        LabelledBar(name, _text(value, share), _percent(value / picture.most))
        for name, value in picture.bars.items()
    ]
    return _html(bars, (), picture.caption)


def atlas_html(picture: AtlasPicture) -> str:
    """Return scores of strategies on a dataset of the atlas; a sentence if the atlas lacks it."""
    known = atlas.load()
    try:
        section = known.section(picture.section) if known else None
        field = section.field(picture.data) if section else None
    except KeyError:
        section = field = None
    if section is None or field is None:
        return _html((), (), "This picture needs a part of the atlas that is not here.")
    cells, titles = section.on(picture.data), {line.strategy: line.title for line in section.lines}
    bars = [
        LabelledBar(titles[name], _text(cells[name].mean), _percent(cells[name].mean))
        for name in picture.strategies
        if name in cells
    ]
    marks = [
        LabelledBar(mark.title, _text(mark.value), _percent(mark.value))
        for mark in field.marks
        if mark.kind in _MARKED
    ]
    return _html(bars, marks, picture.caption or field.title)


def _diagram(picture: DiagramPicture) -> str:
    architecture = parse(picture.architecture)
    theme = page_frame.theme().name
    options = DiagramOptions(
        level="blocks", theme=theme, shapes=False, parameters=False, marks=architecture.marks
    )
    svg = b64encode(model_view.svg(architecture, options).encode()).decode()
    words = caption.text(model_view.model_view(architecture).graph)
    source = f"data:image/svg+xml;base64,{svg}"
    return str(_DIAGRAM.render(source=source, words=words, caption=picture.caption))


def _html(bars: Iterable[LabelledBar], marks: Iterable[LabelledBar], caption: str) -> str:
    bars, marks = list(bars), list(marks)
    words = join_names([f"{bar.name}: {bar.text}" for bar in (*bars, *marks)])
    lines = " · ".join(f"{mark.name} {mark.text}" for mark in marks)
    return str(
        _BARS.render(
            bars=bars,
            marks=marks,
            marks_text=f"Lines: {lines}",
            words=words or caption,
            caption=caption,
        )
    )


def _text(value: float, share: bool = True) -> str:
    return f"{100 * value:.1f} %" if share else f"{value:,.6g}"


def _percent(share: float) -> float:
    return 100 * max(0.0, min(1.0, share))
