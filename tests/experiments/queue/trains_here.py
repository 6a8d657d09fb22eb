"""Training in the process of the tests, for tests that need a result but no separate process."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from components.base.workers.host import SpawningHost
from components.experiments.queue.child import train_in_turn
from components.experiments.training.control import RunControl, Work
from components.experiments.training.events import Event
from components.experiments.training.limits import Limits, check_limits
from components.experiments.training.requests import RunRequest

_ALONE = threading.Lock()


class _NoHost(SpawningHost):
    def start(self) -> None:
        """Do nothing, because no child is needed."""


def train_here(patch: pytest.MonkeyPatch) -> None:
    """Make commands train in this process instead of children, one group at a time."""
    patch.setattr("components.experiments.queue.without_server.keras_host", _NoHost)
    patch.setattr("components.experiments.queue.without_server.server_host", _NoHost)
    for module in ("without_server", "runner"):
        patch.setattr(f"components.experiments.queue.{module}.train_group", _train)
    patch.setattr("components.experiments.queue.run_service.check_limits", _check_limits)


def _check_limits(request: RunRequest, limits: Limits) -> None:
    """Count the costs of a run, but not during a training: both use the same seeded generator."""
    with _ALONE:
        check_limits(request, limits)


def _train(
    host: object,
    work: Work,
    send: Callable[[int, Event], None],
    control: RunControl | None = None,
    limits: object = None,
) -> None:
    with _ALONE:
        train_in_turn(work, send, control or RunControl())
