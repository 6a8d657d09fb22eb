from __future__ import annotations

import pytest

from components.training.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    Interrupted,
    Progress,
    Queued,
    Result,
    Started,
    Stopped,
    finite,
    parse_event,
)

EVENTS: list[Event] = [
    Queued(),
    Started(epochs=3, estimated_bytes=10, parameters=4, samples=2),
    Progress(epoch=1, fraction=0.25, loss=0.7),
    Epoch(epoch=1, logs={"loss": 0.5, "y/loss": 0.5}, seconds=0.1),
    Finished(seconds=1.0),
    Stopped(seconds=1.0),
    Failed(message="Why."),
    Interrupted(message="Why."),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_events_go_through_json(event: Event) -> None:
    assert parse_event(event.json_text()) == event
    assert "\n" not in event.json_text()


@pytest.mark.parametrize("text", ["", "{}", '{"kind": "paused"}', "nonsense"])
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        parse_event(text)


def test_a_result_is_the_sum_of_its_events() -> None:
    result = Result.of(EVENTS[1:5])
    assert (result.status, result.parameters, result.seconds) == ("finished", 4, 1.0)
    assert result.final == {"loss": 0.5, "y/loss": 0.5}
    assert Result.of([Failed(message="Why.")]).final == {}


def test_a_run_without_an_end_has_no_result() -> None:
    with pytest.raises(ValueError, match="`progress`"):
        Result.of(EVENTS[:3])


def test_only_numbers_are_told() -> None:
    assert finite({"a": 1.0, "b": float("nan"), "c": float("inf")}) == {"a": 1.0}
