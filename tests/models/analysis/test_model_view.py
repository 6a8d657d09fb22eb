"""Tasks of build workers for the view of a model and its picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from components.base.workers import needs_keras
from components.base.workers.needs_keras import Task
from components.models.analysis.model_view import model_view, svg
from components.models.architecture.architecture import Architecture
from components.models.drawing.options import DiagramOptions
from sample_data.content import presets


@dataclass
class Workers:
    """Build workers in this process, which note their tasks."""

    size: int = 1
    asked: list[Task] = field(default_factory=list)

    def run(self, task: Task) -> Any:
        self.asked.append(task)
        needs_keras.use(None)
        try:
            return task.run()
        finally:
            needs_keras.use(self)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    monkeypatch.setattr(needs_keras, "_workers", None)
    asked = Workers()
    needs_keras.use(asked)
    return asked


def unseen(name: str) -> Architecture:
    """Return a model of that name without a known view."""
    return presets.load(presets.DEFAULT).model_copy(update={"name": name})


def test_one_trip_brings_the_view_and_the_picture_that_is_wanted(workers: Workers) -> None:
    architecture, options = unseen("one_trip"), DiagramOptions(dense=True)
    model_view(architecture, {"layers": options})
    assert "<svg" in svg(architecture, options)
    assert len(workers.asked) == 1


def test_another_picture_is_asked_for_once(workers: Workers) -> None:
    architecture, options = unseen("another_picture"), DiagramOptions(dense=True)
    model_view(architecture, {"blocks": options})
    assert svg(architecture, options) == svg(architecture, options)
    assert len(workers.asked) == 2
