"""A design record to download: its form, and the reasons and limits of its author."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from components.core.fields import Setting, settings
from components.record.author import AuthorNotes
from components.record.forms import FORMS
from components.record.forms.base import Record
from components.ui.widgets.downloads import download, select, titles


def record_download(
    name: str, make: Callable[[AuthorNotes], Record], *, key: str, disabled: bool = False
) -> None:
    """Fields in an expander, and a button that makes the record when it is clicked.

    The latency is measured by the command line alone: a busy server would give a wrong one.
    """
    with st.expander("Design record", icon=":material/description:", key=f"{key}.record"):
        fields = settings(AuthorNotes, skip=("latency",))
        values = {field.name: _widget(field, f"{key}.record.{field.name}") for field in fields}
        ending = select("Form", titles(dict(FORMS.items())), f"{key}.record.form")
        download(
            "Design record",
            lambda: FORMS[ending]().write(make(AuthorNotes(**values))),
            f"{name}_record.{ending}",
            key=f"{key}.record.save",
            disabled=disabled,
            help="One page that stands alone: picture, costs, budget, the merge and its formula, "
            "all that is known of a run, and what these figures can't say.",
        )


def _widget(setting: Setting, key: str) -> Any:
    common: dict[str, Any] = {"key": key, "help": setting.help, "persist_state": "session"}
    if setting.type == "text":
        return st.text_area(setting.title, height=80, max_chars=2000, **common)
    unit = f" in {setting.unit}" if setting.unit else ""
    label = f"Limit of {setting.title}{unit}"
    return st.number_input(
        label, 0.0, value=None, step=1.0, format="%g", placeholder="none", **common
    )
