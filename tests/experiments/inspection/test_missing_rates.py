"""The quality at a rate of missing inputs, from the measured sets of inputs."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from components.experiments.inspection.basis.coalitions import InspectedHead
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.explanation import text_report, unknown
from components.experiments.inspection.measuring import inspect
from components.experiments.inspection.missing_rates import (
    apart_from_rates,
    quality_at,
    trained_rates,
)
from components.experiments.training.requests import RunRequest
from components.models.architecture.architecture import parse
from sample_data.core.arrays import Array
from sample_data.loading.sources import parse as parse_data
from tests.experiments.inspection.models import FunctionModel
from tests.experiments.training.support import vector


class Filled(FunctionModel):
    """Model of numbers in which a filling replaces missing inputs."""

    def scores(self, rows: Array) -> dict[str, Array]:
        mixed = np.where(rows < 0, 0.25, np.take_along_axis(self.values, rows, axis=0))
        return {name: function(mixed) for name, function in self.functions.items()}


def inspected(*fillable: int) -> tuple[Filled, Inspection]:
    values = np.random.default_rng(0).normal(size=(60, 2))
    truth = (values.sum(axis=1) > 0).astype(np.int64)
    functions = {"y": lambda numbers: numbers.sum(axis=1, keepdims=True)}
    head = InspectedHead("y", "binary", (0, 1), truth)
    model = Filled(values, functions, (head,), frozenset(fillable))
    return model, inspect(model, np.arange(60), True, 20)


def accuracy(model: Filled, present: tuple[int, ...]) -> float:
    mixed = np.where([m in present for m in range(2)], model.values, 0.25)
    return float(((mixed.sum(axis=1) > 0) == model.heads[0].truth).mean())


def test_a_missing_input_has_its_filling() -> None:
    model, found = inspected(0, 1)
    values = {one.inputs: one.value for one in found.heads["y"].coalitions}
    for present in (*combinations(range(2), 1), (), (0, 1)):
        names = tuple(f"in_{index}" for index in present)
        assert values[names] == pytest.approx(accuracy(model, present))
    assert "`in_0` or `in_1` is not known, it is missing, with the same filling" in unknown(found)


def test_the_quality_at_a_rate_is_the_mean_over_what_is_present() -> None:
    model, found = inspected(0, 1)
    head, expected, rate = found.heads["y"], 0.0, 0.3
    for here in product((True, False), repeat=2):
        chance = float(np.prod([1 - rate if one else rate for one in here]))
        present = tuple(m for m, one in enumerate(here) if one)
        expected += chance * accuracy(model, present)
    assert quality_at(head, found.filled, rate) == pytest.approx(expected)
    assert quality_at(head, found.filled, 0.0) == pytest.approx(head.quality)
    assert f"20 % {quality_at(head, found.filled, 0.2):.3f}" in text_report(found)


def test_an_input_that_is_never_missing_stays() -> None:
    model, found = inspected(1)
    at = quality_at(found.heads["y"], found.filled, 1.0)
    assert at == pytest.approx(accuracy(model, (0,)))
    assert "`in_1` is not known" in unknown(found)
    assert "For another input, the predictions" in unknown(found)
    _, never = inspected()
    assert quality_at(never.heads["y"], never.filled, 0.5) is None


def request(rate: float, seed: int = 0, units: int = 4) -> RunRequest:
    lacking = {"missing": "zeros", "missing_rate": rate}
    inputs = [{**vector(name, 4, units), **lacking} for name in "ab"]
    merge = {"name": "f", "kind": "average", "sources": ["a", "b"]}
    head = {"name": "y", "kind": "binary", "source": "f"}
    architecture = parse({"inputs": inputs, "merges": [merge], "heads": [head]})
    return RunRequest(
        architecture=architecture, data=parse_data("redundant"), settings={"seed": seed}
    )


def test_runs_are_alike_but_for_rates_and_seeds() -> None:
    own = apart_from_rates(request(0.3))
    assert own == apart_from_rates(request(0.0, seed=2))
    assert own != apart_from_rates(request(0.3, units=8))
    assert trained_rates(request(0.3).architecture) == "30 %"


def test_different_rates_are_listed_by_input() -> None:
    architecture = request(0.3).architecture
    seldom, often = (
        architecture.inputs[0].model_copy(update={"missing_rate": r}) for r in (0.3, 0.5)
    )
    for inputs, text in (
        ((seldom, seldom, often), "30 %, 30 % and 50 %"),
        ((seldom, often, often), "30 %, 50 % and 50 %"),
    ):
        assert trained_rates(architecture.model_copy(update={"inputs": inputs})) == text
