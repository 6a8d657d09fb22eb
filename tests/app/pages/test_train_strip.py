"""The train strip on Build: it starts the same run as the Train page, and shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.base.errors import RunError
from components.experiments.queue.run_service import service
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.events import (
    STARTED_AGAIN,
    Epoch,
    Failed,
    Finished,
    Paused,
    Started,
)
from sample_data.content import presets
from tests.app.pages.desk import BUILD, VISITOR, arrival, editor, well, with_model
from tests.app.pages.stored import a_run
from tests.app.pages.test_train_page import a_request, state_of
from tests.faults.database_faults import in_the_way
from tests.waiting import wait_until

POINT = Epoch(epoch=1, logs={"income/loss": 0.5, "val_income/loss": 0.25}, seconds=1.0)


@pytest.fixture
def build(keras_is_in: None) -> AppTest:
    return with_model(BUILD, "deep_fm").run()


def press(app: AppTest) -> str:
    """Click Train, and return the run's id."""
    app.button(key="strip.train").click().run()
    well(app)
    return str(state_of(app).run)


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def change(app: AppTest) -> None:
    """Open another model."""
    editor(app).open(presets.load("dlrm"))
    app.run()


def end(run: str, *events: Epoch | Finished | Failed) -> None:
    service().store.append(run, Started(parameters=1), *events)


def test_a_press_queues_what_the_train_page_would_train(build: AppTest) -> None:
    run = service().store.get(press(build))
    assert run.request == state_of(build).request(editor(build)).inspected()
    assert run.owner == VISITOR
    assert "strip.train" not in {button.key for button in build.button}
    assert "in the queue" in captions(build)
    build.button(key="strip.stop").click().run()
    assert service().store.get(run.id).ended


def test_a_paused_run_continues_from_here_or_the_reason_is_shown(
    keras_is_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise RunError("The queue may hold 3 runs.", "3 runs", "Wait.")

    store, run = service().store, a_run(a_request(), Started(parameters=1), POINT, Paused(epoch=1))
    build = arrival(BUILD).run()
    with monkeypatch.context() as patch:
        patch.setattr(VisitorRuns, "pause_after", refuse)
        build.button(key="strip.go_on").click().run()
    assert "The queue may hold 3 runs." in captions(build)
    build.button(key="strip.go_on").click().run()
    well(build)
    assert store.get(run).status == "queued"
    store.stop(run)


def test_another_tab_of_the_visitor_finds_the_run_and_another_visitor_does_not(
    build: AppTest,
) -> None:
    run = press(build)
    assert state_of(arrival(BUILD).run()).run == run
    assert "train_state" not in arrival(BUILD, "f" * 32).run().session_state
    service().store.stop(run)


def test_a_run_that_has_ended_keeps_its_curve_and_says_that_the_model_has_changed(
    build: AppTest,
) -> None:
    run = press(build)
    end(run, POINT, Finished(seconds=1.0))
    build.run()
    assert not build.button(key="strip.train").disabled
    assert "finished after 1 epoch" in captions(build)
    assert "before the last change" not in captions(build)
    change(build)
    assert "before the last change" in captions(build)


def test_nothing_of_another_persons_file_is_drawn(
    build: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VisitorRuns, "hides_data", lambda *_: True)
    end(press(build), POINT, Finished(seconds=1.0))
    build.run()
    assert build.session_state["train_strip"].ended.drawn.data is None


def test_a_run_that_starts_again_says_so_while_it_trains(keras_is_in: None) -> None:
    run = a_run(a_request(), Started(parameters=1), POINT, Paused(epoch=1), Started(parameters=1))
    assert STARTED_AGAIN in captions(arrival(BUILD).run())
    service().store.append(run, Finished(seconds=1.0))


def test_a_run_that_fails_says_why(build: AppTest) -> None:
    end(press(build), Failed(message="A loss must stay a finite number."))
    build.run()
    assert "A loss must stay a finite number." in captions(build)


def test_a_run_that_is_refused_says_why_until_the_model_changes(
    build: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise RunError("The queue may hold 3 runs.", "3 runs", "Wait.")

    with monkeypatch.context() as patch:
        patch.setattr(VisitorRuns, "submit", refuse)
        build.button(key="strip.train").click().run()
    well(build)
    assert "The queue may hold 3 runs." in captions(build)
    change(build)
    assert "The queue may hold 3 runs." not in captions(build)


def test_a_model_with_an_error_is_not_trained(build: AppTest) -> None:
    editor(build).edit(lambda draft: draft["merges"][0].update(sources=[]))
    build.run()
    assert build.button(key="strip.train").disabled


def test_nothing_is_read_from_the_store_while_nothing_trains(build: AppTest) -> None:
    end(press(build), POINT, Finished(seconds=1.0))
    wait_until(lambda: build.run().session_state["train_strip"].ended is not None)
    with in_the_way(Path(os.environ["FUSION_DATABASE_URL"].removeprefix("sqlite:///"))):
        change(build)
        well(build)
