"""From a concept's fields to widgets. A new concept needs no line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from pydantic import BaseModel

from components.errors import PlaygroundError, Where
from components.fields import Setting, settings

Commit = Callable[[str, Any], None]
"""Called with a field's name and its new value."""

_UNSEEN = object()
SLIDER_STEPS = 32
"""An integer range of at most so many steps is a slider, a longer one a number."""


def show(
    concept: type[BaseModel],
    values: Mapping[str, Any],
    key: str,
    commit: Commit,
    *,
    skip: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    form: str | None = None,
    references: Mapping[str, Sequence[str]] | None = None,
    error: PlaygroundError | None = None,
    where: Where = (),
) -> None:
    """A widget for each setting of a concept that has an effect now.

    `values` are the present ones; `key` starts the widgets' keys; `where` is the place of the
    concept in the architecture, at which `error` is said beside its field.
    """
    for setting in settings(concept, skip):
        if (only and setting.name not in only) or not setting.applies(values, form):
            continue
        if setting.type == "choice" and len(setting.options) == 1:
            continue
        options = (references or {}).get(setting.refers, ())
        field(setting, values[setting.name], f"{key}.{setting.name}", commit, options)
        said(error, (*where, setting.name))


def field(
    setting: Setting, value: Any, key: str, commit: Commit, references: Sequence[str] = ()
) -> None:
    """The widget of one setting, showing `value`."""
    shown = tuple(value) if isinstance(value, list) else value
    keep(key, list(shown) if isinstance(shown, tuple) else shown)
    common: dict[str, Any] = {
        "label": _label(setting),
        "key": key,
        "help": _help(setting),
        "on_change": lambda: commit(setting.name, st.session_state[key]),
    }
    if setting.refers:
        options = list(dict.fromkeys([*references, value]))
        st.selectbox(options=options, **common)
    elif setting.type in ("int", "float"):
        _number(setting, common)
    elif setting.type == "bool":
        st.toggle(**common)
    elif setting.type == "choice":
        st.selectbox(options=setting.options, format_func=spoken, **common)
    elif setting.type == "choices":
        st.multiselect(options=setting.options, format_func=spoken, **common)
    else:
        st.text_input(**common)


def _number(setting: Setting, common: dict[str, Any]) -> None:
    low, high = setting.minimum, setting.maximum
    kind = int if setting.type == "int" else float
    ranged: dict[str, Any] = {
        "min_value": None if low is None else kind(low),
        "max_value": None if high is None else kind(high),
        "step": kind(setting.step),
    }
    span = None if low is None or high is None else high - low
    short = span is not None and span <= (SLIDER_STEPS if kind is int else 1)
    if short and not setting.optional:
        st.slider(**ranged, **common)
    elif setting.optional:
        st.number_input(**ranged, value=None, placeholder="any", **common)
    else:
        digits = None if kind is int else "%.6g"
        st.number_input(**ranged, format=digits, **common)


def keep(key: str, value: Any) -> None:
    """Let the widget of that key show `value`; a widget that shows it already is not touched."""
    # `in` would copy the whole state, once for every widget.
    if st.session_state.get(key, _UNSEEN) != value:
        st.session_state[key] = value


def said(error: PlaygroundError | None, where: Where) -> bool:
    """Say the error here if this is its place. Says whether it was."""
    if error is None or error.where != where:
        return False
    st.error(str(error), icon=":material/error:")
    return True


def spoken(option: str) -> str:
    """`sparse_categorical_crossentropy` -> `sparse categorical crossentropy`."""
    return option.replace("_", " ")


def _label(setting: Setting) -> str:
    told = not setting.unit or setting.unit == setting.title.lower()
    return setting.title if told else f"{setting.title} · {setting.unit}"


def _help(setting: Setting) -> str:
    if setting.minimum is None or setting.maximum is None:
        return setting.help
    return f"{setting.help} From {setting.minimum:,} to {setting.maximum:,}."
