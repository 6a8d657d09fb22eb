from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from components.base.errors import DataError, RunError, SpecError
from components.base.text import byte_size
from components.experiments.training.limits import Limits, check_limits, estimate_memory
from components.experiments.training.requests import RunRequest, Settings, parse_request
from sample_data.loading.sources import CollectionSpec
from sample_data.own.saving import save_npz
from tests.experiments.training.support import TWO_HEADS, VECTORS, random_data, request, ten_billion

PLENTY = Limits(memory=10**12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"learning_rate": float("nan")},
        {"validation_share": 0.95},
        {"optimizer": "lion"},
        {"speed": 1},
    ],
)
def test_settings_refuse(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


WINE = {"collection": "wine", "samples": 60}
REQUESTS = [
    request(epochs=7, optimizer="momentum", seed=4),
    request(TWO_HEADS),
    request(TWO_HEADS, seed=1),
    RunRequest.model_validate({"architecture": VECTORS, "data": WINE}),
]


def test_requests_survive_json_and_have_different_digests() -> None:
    for asked in REQUESTS:
        again = parse_request(asked.json_text())
        assert (again, again.digest) == (asked, asked.digest)
        assert "\n" not in asked.json_text()
    assert isinstance(REQUESTS[-1].data, CollectionSpec)
    assert len({asked.digest for asked in REQUESTS}) == len(REQUESTS)


def test_a_requested_inspection_does_not_change_the_digest() -> None:
    asked = REQUESTS[0].inspected()
    assert asked.digest == REQUESTS[0].digest
    assert parse_request(asked.json_text()) == asked != REQUESTS[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"collection": "digit_halfs"}, "digit_halves"),
        ({"collection": "wine", "samples": 3}, "samples"),
        ({"relation": {"kind": "xr"}}, "xor"),
        ({"relation": {"kind": "xor"}, "samples": 1}, "samples"),
        (7, "data"),
    ],
    ids=str,
)
def test_invalid_data_is_refused(data: object, sentence: str) -> None:
    parts = json.loads(request().json_text())
    with pytest.raises((RunError, DataError), match=sentence):
        parse_request(json.dumps({**parts, "data": data}))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"architecture": 3, "data": "x.npz"}'])
def test_an_invalid_request_is_refused(text: str) -> None:
    with pytest.raises((RunError, SpecError)):
        parse_request(text)


def test_a_wrong_setting_is_named() -> None:
    text = request().json_text().replace('"epochs": 3', '"epochs": 0')
    with pytest.raises(RunError, match="`epochs` of the settings of the run can't be 0"):
        parse_request(text)


def test_the_estimate_counts_weights_slots_data_and_activations() -> None:
    base = estimate_memory(request(optimizer="sgd"))
    assert estimate_memory(request(optimizer="adam")) - base == 2 * 4 * _parameters()
    assert estimate_memory(request(optimizer="momentum")) - base == 4 * _parameters()
    assert estimate_memory(request(optimizer="sgd", batch_size=64)) > base
    assert estimate_memory(request(optimizer="sgd", samples=200)) > base
    best = estimate_memory(request(optimizer="sgd", restore_best=True))
    assert best - base == 2 * 4 * _parameters()


def _parameters() -> int:
    return 2 * (8 * 16 + 16) + 33


def test_the_estimate_of_a_file_counts_its_arrays(tmp_path: Path) -> None:
    inputs, targets = random_data(VECTORS, 1000)
    path = tmp_path / "own.npz"
    save_npz(path, {**inputs, **targets})
    small = estimate_memory(RunRequest(architecture=VECTORS, data=_file(tmp_path, 10)))
    large = estimate_memory(RunRequest(architecture=VECTORS, data=str(path)))
    assert large - small == 2 * 990 * (8 + 8 + 1) * 4


def _file(folder: Path, samples: int) -> str:
    inputs, targets = random_data(VECTORS, samples)
    save_npz(folder / "small.npz", {**inputs, **targets})
    return str(folder / "small.npz")


def test_ten_billion_parameters_are_refused_without_making_them() -> None:
    asked = request(ten_billion())
    estimate_memory(request())
    before = psutil.Process().memory_info().rss
    with pytest.raises(RunError) as refused:
        check_limits(asked, Limits(memory=4_000_000_000))
    needed = estimate_memory(asked)
    # The weights alone would take 40 GB.
    assert psutil.Process().memory_info().rss - before < 1_000_000_000
    assert needed > 16 * 9_900_000_000
    assert f"This run needs {byte_size(needed)} of memory" in str(refused.value)
    assert "may take 4 GB here" in str(refused.value)


def test_the_limit_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSION_MEMORY_LIMIT", "123456789")
    assert Limits().memory == 123_456_789
    monkeypatch.setenv("FUSION_MEMORY_LIMIT", "4 GB")
    with pytest.raises(RunError, match="4 GB"):
        Limits()
    monkeypatch.delenv("FUSION_MEMORY_LIMIT")
    assert 0 < Limits().memory < psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        (replace(PLENTY, epochs=2), "This run has 3 epochs, and a run may have 2 here."),
        (replace(PLENTY, samples=99), "This run has 100 samples, and a run may have 99 here."),
        (replace(PLENTY, parameters=320), "parameters, and a run may have 320 here."),
    ],
)
def test_what_the_owner_does_not_allow_is_refused(allowed: Limits, message: str) -> None:
    with pytest.raises(RunError) as refused:
        check_limits(request(), allowed)
    assert message in str(refused.value)
    assert "sets the limit." in str(refused.value)
    check_limits(request(), replace(PLENTY, epochs=3, samples=100, parameters=321))
