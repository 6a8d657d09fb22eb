"""The choice of gates: the loss of quality if a model gets the gates of another sample."""

from __future__ import annotations

import numpy as np
import pytest

from components.experiments.inspection.measures.gate_choice import GateChoice, gate_losses
from components.experiments.inspection.split_model import split_model
from components.models.architecture.builder import build_with_weights
from components.models.merges import MERGES
from tests.experiments.inspection.models import subject_of, whole
from tests.experiments.inspection.test_readouts import CASES, pooled
from tests.experiments.training.support import BINARY, VECTORS, fused, random_data, vector

GATED = sorted(kind for kind, merge in MERGES.items() if merge.gate_layers)


@pytest.mark.parametrize("kind", GATED)
def test_with_its_own_gates_a_model_is_as_it_is(kind: str) -> None:
    architecture = pooled(*next(case for case in CASES if case[0]["kind"] == kind))
    model = split_model(build_with_weights(architecture), *random_data(architecture, 12))
    own = np.arange(model.samples)
    as_it_is = model.scores(np.stack([own] * len(model.inputs), axis=1))
    for head, scores in model.gated_scores(own).items():
        np.testing.assert_allclose(scores, as_it_is[head], atol=1e-5)


def test_gates_of_another_sample_are_those_of_that_sample() -> None:
    architecture = fused([vector("left"), vector("right")], [BINARY], "cross_gate")
    model = split_model(build_with_weights(architecture), *random_data(architecture, 6))
    others = np.array([3, 3, 0, 1, 5, 2])
    mixed = model.scores(np.stack([others, np.arange(6)], axis=1))
    for head, scores in model.gated_scores(others).items():
        np.testing.assert_allclose(scores, mixed[head], atol=1e-5)


def test_a_model_without_gates_has_no_choice() -> None:
    model = split_model(build_with_weights(VECTORS), *random_data(VECTORS, 8))
    assert gate_losses(subject_of(model)) == {}
    assert not any(GateChoice.of(head) for head in whole(model).heads.values())
