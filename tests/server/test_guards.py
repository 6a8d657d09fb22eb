"""What is kept from Streamlit: messages that no page sends, and values that no widget can have."""

from __future__ import annotations

import logging

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import ValueFieldName, WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from components.server import messages
from components.server.messages import MessageGuard, check_widget_values
from tests.server.web import flag, run_to_the_end

DROPPED = {
    "clear_cache",
    "set_run_on_save",
    "load_git_info",
    "debug_disconnect_websocket",
    "debug_shutdown_runtime",
}


def arriving(*sent: Message) -> list[Message]:
    """What Streamlit gets of the messages of a websocket."""
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
    """A message that asks for a page, or for a part of it that draws itself in time."""
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
    """What has an effect on others, or writes on the server, and what is no message at all."""
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


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> WStates:
    """The state of a text field and a number field, as Streamlit keeps it."""
    monkeypatch.setattr(WStates, "__getitem__", WStates.__getitem__)
    check_widget_values()
    states = WStates()
    states.set_widget_metadata(metadata("text", "string_value", "a"))
    states.set_widget_metadata(metadata("number", "double_value", 1))
    return states


def metadata(name: str, kind: ValueFieldName, default: object) -> WidgetMetadata[object]:
    def value(sent: object) -> object:
        return default if sent is None else sent

    return WidgetMetadata(id=name, deserializer=value, serializer=value, value_type=kind)


def test_a_value_of_a_wrong_kind_counts_as_none(
    states: WStates, caplog: pytest.LogCaptureFixture
) -> None:
    states.set_widget_from_proto(WidgetState(id="text", int_value=7))
    assert states["text"] == states["text"] == "a"
    states.set_widget_from_proto(WidgetState(id="number", json_value="{"))
    assert states["number"] == 1
    assert [(record.levelno, record.exc_info) for record in caplog.records] == [
        (logging.WARNING, None)
    ] * 2
    assert "int_value instead of string_value" in caplog.text


def test_a_field_that_was_emptied_keeps_its_kind(states: WStates) -> None:
    states.set_widget_from_proto(WidgetState(id="text"))
    assert states["text"] == "a"
    states.set_widget_from_proto(WidgetState(id="text", bool_value=True))
    assert states["text"] == "a"


def test_a_value_of_the_right_kind_is_read(
    states: WStates, caplog: pytest.LogCaptureFixture
) -> None:
    states.set_widget_from_proto(WidgetState(id="text", string_value="b"))
    states.set_widget_from_proto(WidgetState(id="number", int_value=2))
    assert (states["text"], states["number"]) == ("b", 2)
    assert not caplog.records
