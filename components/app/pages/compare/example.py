"""The shipped example of a finished race, for a visitor without a race."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.app.pages.compare.race_table import race_table
from components.app.parts.widgets.html_parts import coded
from components.experiments.races import example, text
from components.experiments.races.setup import Race
from components.models.drawing.palette import Theme


def example_panel(theme: Theme, set_up: Callable[[Race], None]) -> None:
    """Draw the verdict and the table of the example, with a button that sets up its race."""
    result = example.result()
    on_dataset = result.tables[0]
    with st.container(border=True, key="race_example"):
        st.markdown(":violet-badge[Example] **Six strategies on Xor, with a model of two vectors**")
        st.html(f"<p><b>{coded(text.verdict(result, on_dataset))}</b></p>")
        race_table(on_dataset, result, theme, key="race_example_table", name="example")
        st.button(
            "Set up this race",
            icon=":material/tune:",
            key="race_example_set_up",
            help="Its model and data go to the sidebar. Your model on the Build page stays as it "
            "is.",
            on_click=set_up,
            args=(result.setup,),
        )
