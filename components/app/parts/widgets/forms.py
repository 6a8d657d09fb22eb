"""Widgets made from a concept's fields. A new concept needs no change here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple

import streamlit as st
from pydantic import BaseModel

from components.app.parts.widgets import layout
from components.base.errors import PlaygroundError, Where
from components.base.text import humanize
from components.models.language.fields import Setting, settings

Commit = Callable[[str, Any], None]
"""Function called with a field's name and its new value."""

ShowErrorAt = Callable[[Where], object]
"""Function called with a place in the architecture to show the error at that place."""

WIDE = 16
"""Longest option of a select box with its label beside it; otherwise the label is above."""
SLIDER_STEPS = 32
"""Maximum number of steps of an integer range shown as a slider; a longer one is a number field."""


def draw_settings(
    concept: type[BaseModel],
    values: Mapping[str, Any],
    key: str,
    commit: Commit,
    *,
    skip: tuple[str, ...] = (),
    only: tuple[str, ...] | None = None,
    form: str | None = None,
    references: Mapping[str, Sequence[str]] | None = None,
    show_error_at: ShowErrorAt | None = None,
    where: Where = (),
) -> None:
    """Draw a widget for each setting of a concept that has an effect now.

    The widgets' keys begin with `key`. `where` is the concept's place in the architecture:
    `show_error_at` is called with the place of each field below it.
    """
    for setting in settings(concept, skip):
        if (only is not None and setting.name not in only) or not setting.applies(values, form):
            continue
        if setting.type == "choice" and len(setting.options) == 1:
            continue
        options = (references or {}).get(setting.refers, ())
        field(
            setting,
            values.get(setting.name, setting.default),
            f"{key}.{setting.name}",
            commit,
            options,
        )
        if show_error_at is not None:
            show_error_at((*where, setting.name))


def rows(
    concept: type[BaseModel],
    values: Mapping[str, Any],
    key: str,
    commit: Commit,
    *names: Sequence[str],
) -> None:
    """Draw widgets of the named settings, each group in one row."""
    for group in names:
        for column, name in zip(st.columns(len(group), gap="small"), group, strict=True):
            with column:
                draw_settings(concept, values, key, commit, only=(name,))


def field(
    setting: Setting, value: Any, key: str, commit: Commit, references: Sequence[str] = ()
) -> None:
    """Draw the widget of one setting, showing `value`."""
    if setting.optional:
        _optional(setting, value, key, commit)
        return
    if setting.each:
        _for_each_layer(setting, value, key, commit)
        return
    value = list(value) if isinstance(value, list | tuple) else value
    link = linked(key, value, partial(commit, setting.name))
    common: dict[str, Any] = {"label": _label(setting), "help": _help(setting), **link}
    if setting.refers:
        options = list(dict.fromkeys([*references, value]))
        st.selectbox(options=options, index=options.index(value), **common)
    elif setting.type in ("int", "float"):
        _number(setting, value, common)
    elif setting.type == "bool":
        st.toggle(value=value, **common)
    elif setting.type == "choice":
        index = setting.options.index(value)
        wide = max(map(len, setting.options)) > WIDE
        with st.container(key=f"{key}.wide") if wide else nullcontext():
            st.selectbox(options=setting.options, index=index, format_func=humanize, **common)
    elif setting.type == "choices":
        st.multiselect(options=setting.options, default=value, format_func=humanize, **common)
    else:
        st.text_input(value=value, max_chars=setting.longest, **common)


def select(
    label: str,
    titles: Mapping[Any, str],
    value: Any,
    key: str,
    commit: Callable[[Any], object],
    help: str | None = None,
    **more: Any,
) -> None:
    """Draw a select box of options by title; the present value is always among them."""
    options = list(dict.fromkeys([*titles, *([value] if value else [])]))
    st.selectbox(
        label,
        options,
        index=None if value is None else options.index(value),
        format_func=lambda option: titles.get(option, option),
        help=help,
        **linked(key, value, commit, titles.get(value, value)),
        **more,
    )


def _optional(setting: Setting, value: Any, key: str, commit: Commit) -> None:
    """Draw a number as text, which may be empty: an empty number field would show its default."""
    text = "" if value is None else str(value)

    def changed(text: str) -> None:
        stripped = text.strip()
        commit(setting.name, int(stripped) if stripped.isdecimal() else stripped or None)

    st.text_input(
        _label(setting),
        text,
        help=_help(setting),
        placeholder="any",
        validate=(r"^\s*\d*\s*$", "Enter a whole number, or leave it empty for any."),
        **linked(key, text, changed),
    )


def _for_each_layer(setting: Setting, value: Any, key: str, commit: Commit) -> None:
    """Draw one number, or one per layer, as text."""
    text = numbers_text(value)

    def changed(text: str) -> None:
        numbers = [int(number) for number in re.findall(r"\d+", text)]
        commit(setting.name, numbers[0] if len(numbers) == 1 else numbers)

    st.text_input(
        _label(setting),
        text,
        help=_help(setting),
        validate=(r"^\s*\d{1,6}([\s,]+\d{1,6})*\s*$", "Write one number, or 32, 16, 8."),
        **linked(key, text, changed),
    )


def numbers_text(value: Any) -> str:
    """Return text such as `32` or `32, 16, 8`."""
    return ", ".join(map(str, value if isinstance(value, list | tuple) else [value]))


def _number(setting: Setting, value: Any, common: dict[str, Any]) -> None:
    low, high = setting.minimum, setting.maximum
    kind = int if setting.type == "int" else float
    ranged: dict[str, Any] = {
        "min_value": None if low is None else kind(low),
        "max_value": None if high is None else kind(high),
        "step": kind(setting.step),
        "value": kind(value),
    }
    span = None if low is None or high is None else high - low
    if span is not None and span <= (SLIDER_STEPS if kind is int else 1):
        st.slider(**ranged, **common)
    else:
        st.number_input(**ranged, format=None if kind is int else "%.6g", **common)


class ShownValue(NamedTuple):
    """A widget's shown value, and the number of times the widget started anew."""

    value: Any
    label: Any
    """Browser's name for the value; `None` if it is unknown or the value itself."""
    version: int = 0
    changed: Callable[[], None] | None = None
    """Callback of the widget; `None` once it has left the page."""

    def key(self, base: str) -> str:
        """Return the key of this version from the key of the first version."""
        return f"{base}~{self.version}" if self.version else base


def catch_up() -> bool:
    """Call the callbacks that Streamlit dropped, and return `True` if there were any.

    If another click stops a run at once, Streamlit drops its callbacks, but keeps the new values
    from the browser as if they were the previous ones.
    """
    shown: dict[str, ShownValue] = st.session_state.get("shown", {})
    late = False
    for base, last in list(shown.items()):
        if last.changed is None:
            continue
        if last.key(base) in st.session_state:
            last.changed()
            late = late or shown[base] is not last
        else:  # The widget has left the page; a callback would keep the model that it changed.
            shown[base] = last._replace(changed=None)
    return late


def linked(
    key: str, value: Any, commit: Callable[[Any], object], label: Any = None
) -> dict[str, Any]:
    """Return key and callback of a widget that shows `value`; `commit` gets each new value.

    Options with titles need the title of the value, or those of all values, as `label`.

    If anything but the widget itself changed the value or its label, the widget gets a new key and
    so starts anew: the browser sends labels, and an old one would be read as a value. Setting its
    state instead is not safe: if the next run interrupts one, Streamlit drops the state that it
    sent, and the browser would then answer with an empty value.
    """
    shown: dict[str, ShownValue] = st.session_state.setdefault("shown", {})
    before = shown.get(key, ShownValue(value, label))
    renamed = before.label is not None and before.label != label
    version = before.version + (renamed or before.value != value)

    def changed() -> None:
        # Streamlit also calls this for a widget that has left the page, if something else is
        # clicked before the browser knows. Such a value is the last one shown, or belongs to a key
        # that has been replaced: neither is a change.
        now, last = st.session_state[widget], shown[key]
        if version == last.version and now != last.value:
            shown[key] = last._replace(value=now, label=None)
            commit(now)

    shown[key] = ShownValue(value, label, version, changed)
    widget = shown[key].key(key)
    return {"key": widget, "on_change": changed}


def show_error(error: PlaygroundError | None, where: Where) -> bool:
    """Show an error if it belongs to this place, and return `True` if it does."""
    if error is None or error.where != where:
        return False
    layout.show_error(str(error))
    return True


def _label(setting: Setting) -> str:
    plain = not setting.unit or setting.unit == setting.title.lower()
    return setting.title if plain else f"{setting.title} · {setting.unit}"


def _help(setting: Setting) -> str:
    if setting.minimum is None or setting.maximum is None:
        return setting.help
    return f"{setting.help} From {setting.minimum:,} to {setting.maximum:,}."
