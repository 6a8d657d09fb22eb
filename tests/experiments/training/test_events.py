from __future__ import annotations

import numpy as np
import pytest

from components.experiments.training.events import (
    ClassReport,
    Epoch,
    Failed,
    Finished,
    HeadReport,
    Outcome,
    Plane,
    Report,
    Started,
    Surface,
    Wrong,
    finite,
)
from components.models.heads.base import Target

REPORT = Report(
    epoch=3,
    validated=True,
    samples=2,
    trained=6,
    held=2,
    heads={
        "y": HeadReport(
            target="binary",
            measures={"loss": 0.5, "accuracy": 0.5},
            classes=(ClassReport(label=0, samples=2, precision=1.0, recall=0.5, f1=2 / 3),),
            confusion=((1, 1), (0, 0)),
            worst=(Wrong(row=7, truth=0, predicted=1, confidence=0.9),),
        ),
        "amount": HeadReport(
            target="values", measures={"loss": 0.5, "r2_score": -0.5}, points=((1.0, 2.0),)
        ),
    },
    seconds=2.0,
    epoch_seconds=0.1,
    memory_bytes=10,
)
SURFACE = Surface(
    epoch=0.5,
    x="a",
    y="b",
    x_range=(-1.0, 1.0),
    y_range=(0.0, 2.0),
    heads={"y": Plane.of("binary", np.array([[0.0, 0.2], [0.6, 1.0]], np.float32))},
)


def test_a_result_is_the_sum_of_its_events() -> None:
    result = Outcome.of(
        [
            Started(parameters=4),
            Epoch(epoch=1, logs={"loss": 0.5, "y/loss": 0.5}, seconds=0.1),
            Finished(seconds=1.0),
        ]
    )
    assert (result.status, result.parameters, result.seconds) == ("finished", 4, 1.0)
    assert result.final == {"loss": 0.5, "y/loss": 0.5}
    assert Outcome.of([Failed(message="Why.")]).final == {}


@pytest.mark.parametrize(
    ("target", "values", "apart"),
    [
        ("binary", [[0.0, 0.25], [0.5, 1.0]], 1 / 510),
        ("classes", [[0, 3], [255, 7]], 0),
        ("values", [[-3.0, 5.0], [1.0, 2.0]], 8 / 510),
        ("values", [[2.0, 2.0], [2.0, 2.0]], 0),
    ],
)
def test_a_plane_is_read_back_to_half_a_level(
    target: Target, values: list[list[float]], apart: float
) -> None:
    plane = Plane.of(target, np.array(values, np.float32))
    assert np.abs(plane.values() - values).max() <= apart + 1e-6
    assert plane.values().shape == (2, 2)


def test_only_numbers_are_reported() -> None:
    assert finite({"a": 1.0, "b": float("nan"), "c": float("inf")}) == {"a": 1.0}
