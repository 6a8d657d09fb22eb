from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from components.experiments.training.events import Event, Surface
from components.experiments.training.surfaces import INTERVAL, SHARE, SIZES, SurfaceDrawer, is_plane
from components.models.architecture.architecture import Architecture
from tests.experiments.training.support import (
    BINARY,
    IMAGE_SEQUENCE,
    SCALARS,
    SORTED,
    VECTORS,
    fused,
    request,
    train,
    vector,
)

THREE = fused([vector(name, 1) for name in "abc"], [BINARY])
ID = fused([vector("a", 1), {"name": "b", "kind": "categorical"}], [BINARY])
LABELS = [{"name": "y", "kind": "multiclass", "classes": 300}]
MANY = fused([vector("a", 1), vector("b", 1)], LABELS)
INPUTS = {
    "across": np.array([[-2.0], [3.0], [0.0]], np.float32),
    "up": np.array([[1.0], [1.0], [1.0]], np.float32),
}


@pytest.mark.parametrize(
    ("architecture", "plane"),
    [
        (SCALARS, True),
        (SORTED, True),
        (VECTORS, False),
        (THREE, False),
        (ID, False),
        (MANY, False),
        (IMAGE_SEQUENCE, False),
    ],
)
def test_only_two_numbers_make_a_plane_for_heads_that_can_be_drawn(
    architecture: Architecture, plane: bool
) -> None:
    assert is_plane(architecture) is plane


class Clock:
    """Clock that advances only when a model predicts, by a fixed number of seconds for each
    point.
    """

    def __init__(self, seconds_a_point: float) -> None:
        self.now, self.seconds_a_point = 0.0, seconds_a_point
        self.calls = 0

    def __call__(self) -> float:
        return self.now

    def predict(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        self.calls += 1
        self.now += self.seconds_a_point * len(inputs["across"])
        return {"y": inputs["across"] / 10 + inputs["up"] / 100, "sort": np.eye(3)[[0, 2] * 1152]}


def drawn(
    clock: Clock, architecture: Architecture = SCALARS
) -> tuple[SurfaceDrawer, list[Surface]]:
    reported: list[Surface] = []
    return SurfaceDrawer(architecture, INPUTS, clock.predict, reported.append, clock), reported


def test_points_lie_over_the_range_of_the_data_and_a_little_beyond() -> None:
    surfaces, reported = drawn(Clock(0.0))
    surfaces.draw(0)
    (surface,) = reported
    assert (surface.x, surface.y) == ("across", "up")
    assert surface.x_range == (-2.25, 3.25)
    assert surface.y_range == (0.5, 1.5)
    values = surface.heads["y"].values()
    assert values.shape == (48, 48)
    x, y = np.linspace(-2.25, 3.25, 48), np.linspace(0.5, 1.5, 48)
    inside = np.clip(x[None, :] / 10 + y[:, None] / 100, 0, 1)
    assert np.abs(values - inside)[inside > 0].max() < 1 / 255


def test_classes_are_reported_unchanged() -> None:
    surfaces, reported = drawn(Clock(0.0), SORTED)
    surfaces.draw(0)
    assert reported[0].heads["sort"].values()[0].tolist() == [0, 2] * 24
    assert reported[0].heads["sort"].target == "classes"


@pytest.mark.parametrize(
    ("seconds_a_point", "size"), [(1e-6, 48), (1e-4, 32), (3e-4, 24), (1e-3, 16), (1.0, 16)]
)
def test_a_slow_model_is_drawn_with_fewer_points(seconds_a_point: float, size: int) -> None:
    surfaces, reported = drawn(Clock(seconds_a_point))
    surfaces.draw(0)
    assert reported[0].heads["y"].values().shape == (size, size)
    assert size in SIZES


@pytest.mark.parametrize("seconds_a_point", [1e-6, 1e-5, 5e-5])
def test_drawing_takes_a_small_share_of_the_time(seconds_a_point: float) -> None:
    clock = Clock(seconds_a_point)
    surfaces, reported = drawn(clock)
    surfaces.draw(0)
    begun, clock.calls = clock.now, 0
    trained = 0.0
    while trained < 60:
        clock.now += 0.01
        trained += 0.01
        surfaces.draw_if_due(1)
    drawing = clock.now - begun - trained
    assert drawing / trained <= SHARE * 1.01
    assert 2 < clock.calls <= 60 / INTERVAL
    assert len(reported) == 1 + clock.calls


def test_the_number_of_drawn_heads_is_limited_and_only_numbers_are_drawn() -> None:
    reported: list[Surface] = []
    nothing = SurfaceDrawer(
        SCALARS, INPUTS, lambda given: {"y": given["up"] * np.nan}, reported.append
    )
    nothing.draw(0)
    assert reported == []
    names = [f"y{place}" for place in range(5)]
    heads = [{"name": name, "kind": "binary"} for name in names]
    many = fused([vector("across", 1), vector("up", 1)], heads)
    outputs = dict.fromkeys(names, np.zeros((2304, 1)))
    SurfaceDrawer(many, INPUTS, lambda _: outputs, reported.append).draw(0)
    assert list(reported[0].heads) == names[:3]


def test_a_run_reports_surfaces_until_its_end_and_they_change_no_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[Event] = []
    asked = request(SCALARS, epochs=3)
    result = train(asked, events.append, lambda: False)
    surfaces = [event for event in events if isinstance(event, Surface)]
    assert [event.kind for event in events][:2] == ["started", "surface"]
    assert [event.kind for event in events][-3:] == ["surface", "report", "finished"]
    assert (surfaces[0].epoch, surfaces[-1].epoch) == (0, 3)
    assert surfaces[0].heads != surfaces[-1].heads
    monkeypatch.setattr("components.experiments.training.loop.is_plane", lambda _: False)
    plain = train(asked, lambda _: None, lambda: False)
    assert [epoch.logs for epoch in result.history] == [epoch.logs for epoch in plain.history]
