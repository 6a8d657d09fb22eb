"""`import fusion_playground` with the lowest and the newest Keras, on JAX without TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from components.base.paths import ROOT
from run import JAX_FOLDER, KERAS_FOLDER, LOWEST_KERAS

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(not JAX_FOLDER.exists(), reason="JAX is not installed"),
]

WITHOUT_TENSORFLOW = (
    "import sys; sys.modules['tensorflow'] = None; "
    "from tests.fusion_playground import keras_elsewhere as e; e.main()"
)


@pytest.mark.parametrize(
    ("folders", "keras"),
    [
        ((KERAS_FOLDER, JAX_FOLDER), LOWEST_KERAS.partition("==")[2]),
        ((JAX_FOLDER,), version("keras")),
    ],
)
def test_models_are_drawn_counted_and_compared(folders: tuple[Path, ...], keras: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW],
        cwd=ROOT,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "PYTHONPATH": os.pathsep.join(map(str, folders)),
        },
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [keras, "jax"], done.stderr[-4000:]
