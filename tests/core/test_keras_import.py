from __future__ import annotations

import os
import sys
from types import ModuleType

import pytest

from components.core.keras_import import load_keras


@pytest.mark.parametrize("chosen", ["", "false"])
def test_processes_share_a_gpu_unless_somebody_decides_otherwise(
    monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    environment = {"TF_FORCE_GPU_ALLOW_GROWTH": chosen} if chosen else {}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setitem(sys.modules, "keras", ModuleType("keras"))
    load_keras()
    assert environment["TF_FORCE_GPU_ALLOW_GROWTH"] == (chosen or "true")
