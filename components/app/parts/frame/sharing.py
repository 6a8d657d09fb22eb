"""Button that shares a run or a race with others, and its link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from components.app.parts.frame.network import base_path, others_address, show_address
from components.app.parts.widgets import forms
from components.experiments.queue.run import Run
from components.experiments.queue.sweeps import Sweep

PAGES: dict[str, str] = {"run": "Train", "race": "Compare"}


def share(
    kind: Literal["run", "race"],
    item: Run | Sweep,
    change: Callable[[bool], None],
    more: Callable[[], None] | None = None,
) -> None:
    """Draw a popover with a switch and the link; `change` gets the value of the switch.

    `more` draws further things to share, only while the popover is open.
    """
    key = f"share.{item.id}"
    label = "Shared" if item.shared else "Share"
    popover = st.popover(
        label,
        icon=":material/share:",
        key=f"{key}.popover",
        on_change="rerun" if more else "ignore",
    )
    with popover:
        st.toggle(
            f"Others may see this {kind}",
            value=item.shared,
            help="Samples, labels and the name of your own data file are never shown to others.",
            **forms.linked(key, item.shared, change),
        )
        if item.shared:
            show_address(page_link(PAGES[kind], f"{kind}={item.id}"))
            st.caption(
                f"Anyone with the link can see this {kind}, open its model, and repeat it unless "
                "the data is your own file. Only you can change, stop or delete it."
            )
        else:
            st.caption("Only you can see it now. Its link opens for others once it is shared.")
        if more and popover.open:
            st.markdown("**Its setup**")
            more()


def page_link(page: str, query: str) -> str:
    """Return the address of a page with a query, as others on the network reach it."""
    parts = urlsplit(str(st.context.url or ""))
    path = "" if page == "Build" else page
    base = others_address() or f"{parts.scheme}://{parts.netloc}{base_path()}"
    return f"{base}/{path}?{query}"
