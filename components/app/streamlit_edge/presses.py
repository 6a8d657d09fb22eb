"""Browser messages that arrive while a page is drawn: later ones must not replace earlier ones."""

from __future__ import annotations

from threading import Lock
from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import (
    ScriptRequestType,
    _coalesce_widget_states,
)
from streamlit.runtime.state import SafeSessionState

_request_rerun = AppSession.request_rerun
"""Streamlit's own method, which runs the script again for a message of the browser."""
_TAKEN, _LOCK = "fusion_taken", "fusion_callbacks"
"""Attribute for the request of a runner whose callbacks have begun; key of the callbacks' lock."""


def keep_presses() -> None:
    """Let each message of a browser reach the callbacks of its widgets, whatever follows it.

    To draw the whole page again, Streamlit stops the present run and forgets all that the run has
    not taken yet: a press in a part of the page waits there until the page is drawn, any other
    until its thread begins. It also stops callbacks midway, where they read the session's state.
    But a browser sends a press only once.
    """
    AppSession.request_rerun = _request_with_waiting  # type: ignore[assignment, method-assign]
    SafeSessionState.on_script_will_rerun = _call_whole  # type: ignore[assignment, method-assign]


def _request_with_waiting(session: AppSession, client_state: ClientState | None) -> None:
    """Add to a message all values that the stopped run has not taken."""
    runner = session._scriptrunner
    if runner is not None and client_state is not None and not client_state.fragment_id:
        waiting = _stop(runner)
        if states := _coalesce_widget_states(waiting, client_state.widget_states):
            client_state.widget_states.CopyFrom(states)
    _request_rerun(session, client_state)


def _stop(runner: ScriptRunner) -> WidgetStates | None:
    """Stop a run, and return the values that its browser sent if its callbacks have not begun."""
    requests = runner._requests
    with requests._lock:
        stopped, requests._state = requests._state, ScriptRequestType.STOP
        asked = requests._rerun_data
        if stopped is ScriptRequestType.STOP or getattr(runner, _TAKEN, None) is asked:
            return None
        return asked.widget_states


def _call_whole(state: SafeSessionState, *states: WidgetStates | None, **more: Any) -> None:
    """Run the callbacks of a message to their end, one message after another."""
    runner: ScriptRunner = state._yield_callback.__self__  # type: ignore[attr-defined]
    requests = runner._requests
    # All runs of a session share the lock.
    with vars(runner._fragment_storage).setdefault(_LOCK, Lock()):
        with requests._lock:
            if requests._state is ScriptRequestType.STOP:
                raise StopException
            if requests._state is ScriptRequestType.CONTINUE:
                setattr(runner, _TAKEN, requests._rerun_data)
        runner._execing = False  # So no callback checks for a later message.
        try:
            state._state.on_script_will_rerun(*states, **more)
        finally:
            runner._execing = True
