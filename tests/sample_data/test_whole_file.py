"""Preparation of a file on the command line, which is that of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.app.cli.train import json_report, text_report
from components.experiments.training.events import Outcome
from components.experiments.training.requests import RunRequest
from components.models.architecture.architecture import Architecture, parse
from sample_data.loading.sources import SCALED, about, load
from sample_data.own import prepare, propose_mapping, read

ROWS = 40


def architecture() -> Architecture:
    """Return an input of each form of numbers, one of ids, and a head of each target."""
    inputs: list[dict[str, Any]] = [
        {"name": "one", "kind": "vector", "features": 1},
        {"name": "readings", "kind": "vector", "features": 3},
        {"name": "series", "kind": "timeseries", "length": 5, "features": 2},
        {"name": "picture", "kind": "image", "height": 4, "width": 4, "channels": 1},
        {"name": "words", "kind": "tokens", "length": 6, "vocabulary": 9},
    ]
    for item in inputs[2:4]:
        kind = {"series": "conv1d", "picture": "conv2d"}[item["name"]]
        item["encoder"] = {"kind": kind, "padding": "same"}
    inputs[4]["encoder"] = {"kind": "embedding"}
    names = [item["name"] for item in inputs]
    return parse({
        "inputs": inputs,
        "merges": [{"name": "m", "kind": "concatenate", "sources": names}],
        "heads": [
            {"name": "yes", "kind": "binary", "source": "m"},
            {"name": "value", "kind": "regression", "source": "m"},
        ],
    })  # fmt: skip


def arrays() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "one": rng.normal(7, 3, ROWS),
        "readings": rng.normal([0, 100, -5], [1, 20, 0.1], (ROWS, 3)),
        "series": rng.normal(2, 9, (ROWS, 5, 2)),
        "picture": rng.integers(0, 200, (ROWS, 4, 4, 1), np.uint8),
        "words": rng.integers(0, 9, (ROWS, 6)),
        "yes": rng.integers(0, 2, ROWS),
        "value": rng.normal(50, 10, ROWS),
    }


def test_a_file_is_scaled_as_the_page_scales_it(tmp_path: Path) -> None:
    spec, path = architecture(), tmp_path / "mine.npz"
    np.savez(path, **arrays())
    loaded = load(spec, str(path))
    table = read(path.read_bytes(), "mine.npz")
    page = prepare(table, spec, propose_mapping(table, spec)).dataset
    for name in ("one", "readings", "series", "picture"):
        np.testing.assert_allclose(loaded.inputs[name], page.inputs[name], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(loaded.inputs["words"], page.inputs["words"])
    for name, target in page.targets.items():
        np.testing.assert_allclose(loaded.targets[name], target, rtol=1e-4, atol=1e-5)
    assert loaded.held is not None
    trained = loaded.inputs["readings"][~loaded.held]
    assert trained.std(axis=0) == pytest.approx([1, 1, 1], abs=1e-4)
    assert about(str(path)).notes == (SCALED,)
    request = RunRequest(architecture=spec, data=str(path))
    assert SCALED in text_report(request, Outcome(status="finished"), {})
    assert json_report(request, Outcome(status="finished"), {})["notes"] == (SCALED,)
