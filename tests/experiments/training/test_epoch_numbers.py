from __future__ import annotations

import numpy as np
import pytest

from components.experiments.training.compiled_model import build_and_compile
from components.experiments.training.epoch_numbers import EPOCH_NUMBERS
from components.experiments.training.epoch_numbers.base import MeasuredModel
from components.experiments.training.epoch_numbers.relative_change import RelativeChange
from tests.experiments.training.support import VECTORS, request, train


@pytest.mark.parametrize("kind", EPOCH_NUMBERS)
def test_a_number_has_a_value_for_each_of_its_names_in_every_epoch(kind: str) -> None:
    number = EPOCH_NUMBERS[kind]
    names = number.names(VECTORS)
    assert names
    assert number.title
    assert number.help.endswith(".")
    result = train(request(epochs=2), lambda _: None, lambda: False)
    for epoch in result.history:
        assert all(np.isfinite(epoch.logs[number.key(name)]) for name in names)


def test_the_change_of_a_branch_is_that_of_all_its_weights_together() -> None:
    model = build_and_compile(request()).model
    weights = model.layers[-1].trainable_variables
    before = [variable.numpy() + 1.0 for variable in weights]
    for variable, value in zip(weights, before, strict=True):
        variable.assign(value)
    meter = RelativeChange.meter(MeasuredModel(model, {"left": weights, "nothing": []}))
    meter.start()
    for variable, value in zip(weights, before, strict=True):
        variable.assign(1.5 * value)
    assert meter.read() == {"left": pytest.approx(0.5, rel=1e-6)}
    assert meter.read() == {"left": 0.0}
