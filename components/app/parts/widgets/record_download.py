"""Download of a design record: its form, and its author's reasons and limits."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.app.parts.widgets.downloads import download, select, titles, widget
from components.models.language.fields import settings
from components.sharing.record.author import AuthorNotes
from components.sharing.record.forms import FORMS
from components.sharing.record.forms.base import Record


def record_download(
    name: str, make: Callable[[AuthorNotes], Record], *, key: str, disabled: bool = False
) -> None:
    """Draw fields in an expander, and a button that makes the record when clicked.

    Only the command line measures the latency: on a busy server it would be wrong.
    """
    with st.expander("Design record", icon=":material/description:", key=f"{key}.record"):
        fields = settings(AuthorNotes, skip=("latency",))
        values = {one.name: widget(one, f"{key}.record.{one.name}", "none") for one in fields}
        ending = select("Form", titles(dict(FORMS.items())), f"{key}.record.form")
        download(
            "Design record",
            lambda: FORMS[ending]().write(make(AuthorNotes(**values))),
            f"{name}_record.{ending}",
            key=f"{key}.record.save",
            disabled=disabled,
            help="One page that stands alone: picture, costs, budget, the merge and its formula, "
            "all that is known of a run, and what these figures can't say. For a PDF, print the "
            "HTML in a browser.",
        )
