"""One row: its prediction equals the model's, and the contributions of the inputs add up to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.experiments.inspection.one_row import predict_row
from components.experiments.training.data_split import load_and_split
from components.models.architecture.builder import build_with_weights
from tests.experiments.training.support import VECTORS, request


def test_a_row_is_predicted_as_by_the_model_and_its_contributions_add_up(tmp_path: Path) -> None:
    asked = request(VECTORS, samples=60)
    model = build_with_weights(asked.architecture).model
    file = tmp_path / "model.weights.h5"
    model.save_weights(file)
    row = {name: array[:1] + 0.5 for name, array in load_and_split(asked)[1].inputs.items()}
    head = asked.architecture.heads[0].name
    one = predict_row(asked.json_text(), file.read_bytes(), row)[head]
    expected = model.predict(row, verbose=0)[head][0]
    np.testing.assert_allclose(one.output, expected, atol=1e-6)
    assert one.inputs == ("left", "right")
    assert one.shares.base + sum(one.shares.pushes) == pytest.approx(one.shares.score, abs=1e-3)
