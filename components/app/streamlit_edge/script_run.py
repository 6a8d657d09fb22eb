"""Run of a script that draws a page: its session, and the parts that it draws."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx


def session_id() -> str:
    """Return the id of the session whose page is drawn; an empty text outside of a run."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def parts_of_run() -> list[str] | None:
    """Return the parts that this run draws, or `None` in a run of the whole page.

    The list is the same object during the whole run.
    """
    context = get_script_run_ctx()
    return context.fragment_ids_this_run if context else None
