"""Messages that wait for a browser: a part drawn again does not replace those of a whole page."""

from __future__ import annotations

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear
"""Streamlit's own method, which drops the messages that a new run replaces."""


def send_pages_whole() -> None:
    """Send all waiting messages of a page, even if a part of the page is drawn again meanwhile.

    Streamlit drops the waiting messages of that part, but still reports to the browser that the
    whole page was drawn. So on a busy server the browser removed the part, with the values of its
    widgets, and drew all that follows in the wrong place.
    """
    ForwardMsgQueue.clear = _clear_for_pages  # type: ignore[assignment, method-assign]


def _clear_for_pages(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    if fragment_ids_this_run:
        queue._delta_index_map = {}  # Otherwise new elements would take the places of older ones.
    else:
        _clear(queue, retain_lifecycle_msgs)
