"""The learning rate that a run chooses itself."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from components.experiments.training import tuning
from components.experiments.training.control import RunControl
from components.experiments.training.data_split import DataSplit
from components.experiments.training.epoch_runner import EpochRunner, run_epochs
from components.experiments.training.events import Outcome
from components.experiments.training.loop import ModelTrainer
from components.experiments.training.requests import RunRequest, parse_request
from components.models.architecture.architecture import Architecture
from sample_data.loading.sources import load
from tests.experiments.training.support import DROPPED, LACKING, VECTORS, request, train
from tests.matrix import cases


def tuned(asked: RunRequest) -> RunRequest:
    return asked.model_copy(update={"tuned": True})


def run(asked: RunRequest) -> Outcome:
    return train(asked, lambda _: None, lambda: False)


@pytest.mark.parametrize("model", cases([(VECTORS,), (DROPPED,), (LACKING,)], [(DROPPED,)]))
def test_the_run_is_the_one_with_the_rate_that_it_chose(model: Architecture) -> None:
    asked = request(model, samples=90, epochs=2)
    chosen = run(tuned(asked))
    assert chosen.report is not None
    rate = chosen.report.learning_rate
    assert rate in [asked.settings.learning_rate * factor for factor in tuning.FACTORS]
    assert chosen.final == run(asked.at_rate(rate)).final


def test_held_out_samples_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    splits: list[DataSplit] = []
    load = EpochRunner.load

    def seen(
        self: EpochRunner, inputs: object, targets: object, split: DataSplit, *more: object
    ) -> None:
        splits.append(split)
        load(self, inputs, targets, split, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(EpochRunner, "load", seen)
    run(tuned(request(VECTORS, samples=80, epochs=1)))
    *tried, last = splits
    assert len(tried) == 3
    for split in tried:
        used = np.concatenate([split.trained, split.held])
        assert sorted(used) == sorted(last.trained)
        assert len(split.held) == len(used) // 4


def test_fillings_are_those_of_the_samples_that_a_rate_is_tried_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = request(LACKING, samples=80, epochs=1)
    left = load(asked.architecture, asked.data).inputs["left"]
    means: list[Any] = []
    begin = EpochRunner.load

    def seen(
        self: EpochRunner, inputs: object, targets: object, split: DataSplit, *more: object
    ) -> None:
        means.append(left[split.trained].mean(axis=0))
        begin(self, inputs, targets, split, *more)  # type: ignore[arg-type]

    fillings: list[Any] = []
    epochs = run_epochs

    def begun(model: keras.Model, *more: Any) -> object:
        fillings.append(model.get_layer("left_filling").get_weights()[0][0])
        return epochs(model, *more)

    monkeypatch.setattr(EpochRunner, "load", seen)
    monkeypatch.setattr(tuning, "run_epochs", begun)
    run(tuned(asked))
    assert len(fillings) == len(tuning.FACTORS)
    np.testing.assert_allclose(fillings, means[:-1], atol=1e-6)


def test_a_rate_that_diverges_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "FACTORS", (1.0, 1e12))
    asked = request(VECTORS, samples=80, epochs=1)
    asked = asked.model_copy(
        update={"settings": asked.settings.model_copy(update={"optimizer": "sgd"})}
    )
    outcome = run(tuned(asked))
    assert outcome.report is not None
    assert outcome.report.learning_rate == asked.settings.learning_rate


def test_only_a_tuned_request_has_another_digest() -> None:
    asked = request(VECTORS, samples=80)
    assert tuned(asked).digest != asked.digest
    assert parse_request(tuned(asked).json_text()) == tuned(asked)
    assert asked.at_rate(None) is asked


def test_seeds_in_one_process_have_the_numbers_of_their_own() -> None:
    trainer = ModelTrainer()
    asked = tuned(request(VECTORS, samples=80, epochs=1))
    other = asked.model_copy(update={"settings": asked.settings.model_copy(update={"seed": 5})})
    together = []
    for one in (asked, other):
        events: list[object] = []
        trainer.train(one, events.append, RunControl())
        together.append(Outcome.of(events))  # type: ignore[arg-type]
    assert [one.final for one in together] == [run(asked).final, run(other).final]
