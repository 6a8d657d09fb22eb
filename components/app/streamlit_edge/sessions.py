"""Sessions of this server, and requests that the server makes in place of their browsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from streamlit import config, runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

_TRUSTED = "server.trustedUserHeaders"


def is_connected(session: str) -> bool:
    """Return `True` if a browser shows the page of a session now."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def cookies_of(session: str) -> Mapping[str, str] | None:
    """Return the cookies that a session began with; `None` if no browser has it."""
    client = runtime.get_instance().get_client(session)
    if client is None or client.client_context is None:
        return None
    return client.client_context.cookies


def bind_to_header(header: str) -> None:
    """Let Streamlit record a header of each websocket.

    It resumes a session only for a websocket with the same value.
    """
    config.set_option(_TRUSTED, {**config.get_option(_TRUSTED), header: "visitor"})


@dataclass(frozen=True)
class DrawnPart:
    """Part of a page, as a session has drawn it."""

    session: str
    part: str
    drawing: BackMsg
    """Message of a browser that asks for it, without the address, which may change."""

    def is_gone(self) -> bool:
        """Return `True` if the session has ended."""
        return self._session() is None

    def is_at_work(self) -> bool:
        """Return `True` if the session runs a script. Only the server's event loop begins one."""
        session = self._session()
        return session is not None and session._scriptrunner is not None

    def draw_again(self) -> None:
        """Ask for the part as its browser would, unless the session has ended.

        In a session at work, this message, which holds no values of widgets, would replace what the
        browser has just sent.
        """
        session = self._session()
        if session is not None:
            address = session.session_state.query_params.to_dict()
            self.drawing.rerun_script.query_string = urlencode(address)
            session.handle_backmsg(self.drawing)

    def _session(self) -> AppSession | None:
        return runtime.get_instance().get_app_session(self.session)


def drawn_part() -> DrawnPart | None:
    """Return the part of a page that is drawn now; `None` outside of a run."""
    context = get_script_run_ctx()
    if context is None:
        return None
    drawing = BackMsg()
    asked = drawing.rerun_script
    asked.fragment_id = ThreadState.get().fragment_id or ""
    asked.page_script_hash, asked.is_auto_rerun = context.page_script_hash, True
    if context.context_info is not None:
        asked.context_info.CopyFrom(context.context_info)
    return DrawnPart(context.session_id, asked.fragment_id, drawing)
