"""Messages that wait for a browser while a part of the page is drawn again."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from components.app.streamlit_edge.message_queue import send_pages_whole

PART = "part"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> ForwardMsgQueue:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    send_pages_whole()
    return ForwardMsgQueue()


def text(body: str, part: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend([0, 1])
    message.delta.new_element.markdown.body = body
    message.delta.fragment_id = part
    return message


def finished() -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    return message


def test_a_part_drawn_again_comes_after_the_whole_page(queue: ForwardMsgQueue) -> None:
    page = [text("drawn with the page", PART), finished()]
    for message in page:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    again = text("drawn again", PART)
    queue.enqueue(again)
    assert queue.flush() == [*page, again]


def test_a_page_drawn_again_replaces_what_waits(queue: ForwardMsgQueue) -> None:
    queue.enqueue(text("drawn before"))
    queue.clear(retain_lifecycle_msgs=True)
    again = text("drawn again")
    queue.enqueue(again)
    assert queue.flush() == [again]
