"""Which way of making children a process uses."""

from __future__ import annotations

import sys

import pytest

from components.core.errors import RunError
from components.keras_host.host import ForkingHost, SpawningHost, keras_host, way_of_environment


@pytest.mark.parametrize(
    ("platform", "chosen"), [("linux", "fork"), ("darwin", "spawn"), ("win32", "spawn")]
)
def test_only_linux_forks(monkeypatch: pytest.MonkeyPatch, platform: str, chosen: str) -> None:
    monkeypatch.delenv("FUSION_CHILDREN", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert way_of_environment() == chosen


@pytest.mark.parametrize(("chosen", "kind"), [("fork", ForkingHost), ("spawn", SpawningHost)])
def test_the_environment_chooses(
    monkeypatch: pytest.MonkeyPatch, chosen: str, kind: type[object]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("FUSION_CHILDREN", chosen)
    assert type(keras_host()) is kind


@pytest.mark.parametrize(
    ("platform", "value", "values"),
    [("linux", "thread", "`fork` or `spawn`"), ("win32", "fork", "`spawn`")],
)
def test_another_way_is_refused(
    monkeypatch: pytest.MonkeyPatch, platform: str, value: str, values: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("FUSION_CHILDREN", value)
    with pytest.raises(RunError, match=f"FUSION_CHILDREN must be {values} here"):
        way_of_environment()
