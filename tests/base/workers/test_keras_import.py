from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

import pytest

from components.base.workers.keras_import import REFUSED, load_keras, refuse_keras


@pytest.mark.parametrize("chosen", ["", "false"])
def test_processes_share_a_gpu_unless_somebody_decides_otherwise(
    monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    environment = {"TF_FORCE_GPU_ALLOW_GROWTH": chosen} if chosen else {}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setitem(sys.modules, "keras", ModuleType("keras"))
    load_keras()
    assert environment["TF_FORCE_GPU_ALLOW_GROWTH"] == (chosen or "true")


@pytest.mark.parametrize("package", REFUSED)
def test_a_refused_import_fails_and_the_log_has_its_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, package: str
) -> None:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.delitem(sys.modules, package, raising=False)
    refuse_keras()
    with pytest.raises(ImportError, match=f"must not import {package}"):
        importlib.import_module(package)
    assert __file__ in str(caplog.records[0].stack_info)
