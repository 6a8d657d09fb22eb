"""The verdict below the curves of the Train page, and the button that tries what it suggests."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.app.pages.train.verdict_panel import TRY
from components.experiments.queue.run import Run
from components.experiments.queue.run_service import service
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.training.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    HeadReport,
    Report,
)
from components.experiments.training.requests import RunRequest, Settings
from components.experiments.verdicts.figures import DIVERGED
from sample_data.loading.synthetic import DataSpec
from sample_data.relations.xor import Xor
from tests.app.pages.desk import editor, well, with_model
from tests.app.pages.stored import STARTED, a_run
from tests.app.pages.test_train_page import PAGE, show, state_of
from tests.experiments.training.test_events import REPORT
from tests.waiting import wait_until

MODEL = two_vectors().architecture
DATA = DataSpec(relation=Xor(), samples=2000)


@pytest.fixture
def train(keras_is_in: None) -> AppTest:
    app = with_model(PAGE)
    app.run()
    editor(app).open(MODEL)
    return app.run()


def a_run_of(*end: Event, **settings: Any) -> str:
    request = RunRequest(architecture=MODEL, data=DATA, settings=Settings(epochs=1, **settings))
    return a_run(request, STARTED, *end)


def at_chance() -> str:
    """Store a finished run that stays at chance, and return its id."""
    (head,) = MODEL.heads
    logs = {"loss": 0.7, f"{head.name}/accuracy": 0.5}
    measured = HeadReport(target="binary", measures={"loss": 0.7, "accuracy": 0.5})
    report = REPORT.model_copy(
        update={"heads": {head.name: measured}, "samples": 500, "held": 500, "trained": 1500}
    )
    return a_run_of(Epoch(epoch=1, logs=logs, seconds=0.1), report, Finished(seconds=1.0))


def verdict(app: AppTest) -> str:
    """Return the verdict once the ceilings are there."""

    def said() -> bool:
        well(app.run())
        return any("validation samples" in text.value for text in app.markdown)

    wait_until(said)
    return next(text.value for text in app.markdown if "validation samples" in text.value)


def test_a_run_at_chance_says_why_and_one_press_trains_with_a_product(train: AppTest) -> None:
    show(train, at_chance())
    assert "only adds what its inputs say" in verdict(train)
    train.button(key=TRY).click().run()
    well(train)
    assert [merge.title for merge in editor(train).valid.merges] == ["Multiply"]
    next_run = service().store.get(str(state_of(train).run))
    assert next_run.architecture == editor(train).valid.data()


def test_the_button_changes_one_thing_whatever_the_sidebar_shows_now(train: AppTest) -> None:
    show(train, at_chance())
    verdict(train)
    state_of(train).relation = "unique"
    state_of(train).settings["epochs"] = 3
    train.run()
    train.button(key=TRY).click().run()
    request = service().store.get(str(state_of(train).run)).request
    assert (request.data, request.settings.epochs) == (DATA, 1)


def test_the_button_is_only_there_for_the_present_model(train: AppTest) -> None:
    show(train, at_chance())
    verdict(train)
    editor(train).edit(lambda draft: draft.update(name="another"))
    train.run()
    assert not [button for button in train.button if button.key == TRY]


def test_a_training_that_diverged_offers_a_lower_rate(train: AppTest) -> None:
    message = f"{DIVERGED[0]}. Received `loss = nan`. Lower it."
    show_failed = a_run_of(Failed(message=message, seconds=1.0), learning_rate=1.0)
    state_of(train).run = show_failed
    train.run()
    wait_until(lambda: bool([one for one in train.run().button if one.key == TRY]))
    train.button(key=TRY).click().run()
    assert state_of(train).settings["learning_rate"] == 0.001


def test_the_report_of_the_shown_run_is_read_once_for_a_drawing(
    train: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(train, at_chance())
    verdict(train)
    read, report_of = list[str](), VisitorRuns.report

    def counted(self: VisitorRuns, run: Run) -> Report | None:
        read.append(run.id)
        return report_of(self, run)

    monkeypatch.setattr(VisitorRuns, "report", counted)
    well(train.run())
    assert read == [state_of(train).run]


def test_a_selected_run_has_its_verdict_without_a_button(train: AppTest) -> None:
    show(train, None, at_chance())
    assert "only adds what its inputs say" in verdict(train)
    assert not [button for button in train.button if button.key == TRY]


def test_the_verdict_of_the_shown_run_stands_on_the_page_once(train: AppTest) -> None:
    run = at_chance()
    show(train, run, run)
    said = verdict(train)
    assert [text.value for text in train.markdown].count(said) == 1
