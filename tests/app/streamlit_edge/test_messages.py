"""Messages that no page sends, which never reach Streamlit."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import WStates
from streamlit.testing.v1 import AppTest

from components.app.streamlit_edge import messages
from components.app.streamlit_edge.messages import MessageGuard
from tests.app.server.web import flag, run_to_the_end

DROPPED = {
    "clear_cache",
    "set_run_on_save",
    "load_git_info",
    "debug_disconnect_websocket",
    "debug_shutdown_runtime",
}


def arriving(*sent: Message) -> list[Message]:
    """Return the messages of a websocket that reach Streamlit."""
    waiting, got = iter(sent), list[Message]()

    async def receive() -> Message:
        return next(waiting, {"type": "websocket.disconnect"})

    async def send(_: Message) -> None: ...

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            got.append(message)

    run_to_the_end(MessageGuard(app)({"type": "websocket"}, receive, send))
    return got


def frame(message: BackMsg) -> Message:
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


def operation(name: str) -> BackMsg:
    message = BackMsg()
    getattr(message.backend_operation_request, name).SetInParent()
    return message


def asking(page: str, part: str = "") -> Message:
    """Return a message that requests a page, or a part of it that redraws itself regularly."""
    message = BackMsg()
    message.rerun_script.page_script_hash, message.rerun_script.fragment_id = page, part
    return frame(message)


def test_a_part_of_a_page_that_was_left_is_not_drawn_any_more() -> None:
    room, part, strategies = asking("room"), asking("room", "part"), asking("strategies")
    assert arriving(room, part, strategies, part, part) == [room, part, strategies]
    away = [asking("", ""), part, strategies, asking("build")]
    assert arriving(*away, part, asking("strategies", "part")) == away
    back = [room, strategies, strategies, part]
    assert arriving(*back) == back, "the server may go back by itself once the new page is there"


def test_every_message_is_known_or_dropped() -> None:
    """Drop messages that affect others, write on the server, or can't be read."""
    fields = {field.name for field in BackMsg.DESCRIPTOR.fields}
    assert fields == messages.SENT | DROPPED | {"backend_operation_request"}
    operations = BackendOperationRequest.DESCRIPTOR.oneofs_by_name["payload"].fields
    written = {"install_skills", "dismiss_skills_nudge"}
    assert {field.name for field in operations} == messages.OPERATIONS | written
    known = [flag("app_heartbeat"), *map(operation, messages.OPERATIONS)]
    dropped = [*map(flag, DROPPED), *map(operation, written)]
    nothing: list[Message] = [
        {"type": "websocket.receive", "text": "hello"},
        {"type": "websocket.receive", "bytes": b"\xff\xff"},
    ]
    sent = [frame(message) for message in (*dropped, *known)]
    assert arriving(*nothing, *sent) == sent[len(dropped) :]


def widgets() -> None:
    import streamlit as st

    st.session_state.setdefault("changes", 0)

    def change() -> None:
        st.session_state["changes"] += 1

    st.slider("Slider", 0, 10, 5, key="slider", on_change=change)
    st.text_input("Text", "as it was", key="text", on_change=change)
    st.segmented_control("Segments", ["a", "b"], key="segments", on_change=change)
    st.button("Button", key="button", on_click=change)


@pytest.mark.parametrize("widget", ["slider", "text", "segments", "button"])
@pytest.mark.parametrize(
    "value",
    [
        {"bytes_value": b"\xff"},
        {"json_value": "{no"},
        {"double_value": float("nan")},
        {"int_array_value": {"data": [9, 9, 9]}},
    ],
    ids=["bytes", "JSON", "number", "numbers"],
)
def test_a_value_that_a_widget_cannot_have_is_one_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    widget: str,
    value: dict[str, Any],
) -> None:
    """Keep the value of the widget, and call nothing."""
    monkeypatch.setattr(WStates, "__getitem__", WStates.__getitem__)
    messages.drop_wrong_values()
    page = AppTest.from_function(widgets).run()
    sent = page._tree.get_widget_states()
    (state,) = (state for state in sent.widgets if state.id.endswith(f"-{widget}"))
    state.CopyFrom(WidgetState(id=state.id, **value))
    with caplog.at_level(logging.WARNING):
        page._run(sent)
    assert not page.exception
    assert page.session_state["changes"] == 0
    assert page.slider(key="slider").value == 5
    assert page.text_input(key="text").value == "as it was"
    ours = [record for record in caplog.records if record.name == messages.__name__]
    assert [record.exc_info for record in ours] == [None]
    assert not [record for record in caplog.records if record.exc_info]


def test_a_whole_number_is_taken_as_browsers_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def number() -> None:
        import streamlit as st

        st.number_input("Number", 0, 10, 5, key="number")

    monkeypatch.setattr(WStates, "__getitem__", WStates.__getitem__)
    messages.drop_wrong_values()
    page = AppTest.from_function(number).run()
    sent = page._tree.get_widget_states()
    (state,) = sent.widgets
    state.CopyFrom(WidgetState(id=state.id, int_value=7))
    page._run(sent)
    assert page.number_input(key="number").value == 7
