"""Time of build, diagram and summary of the image-text model, against the plain Keras way."""

from __future__ import annotations

import gc
import itertools
import statistics
import time
from collections.abc import Callable

import keras
import psutil

from benchmarks.rows import BenchmarkRow, show
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from components.models.architecture.part_cache import PARTS
from components.models.drawing import diagram, summary
from sample_data.content import presets

ROUNDS = 15
TEN_BILLION = {
    "inputs": [
        {
            "name": "image",
            "kind": "image",
            "height": 1024,
            "width": 1024,
            "encoder": {"kind": "conv2d", "filters": 256, "projection": 160},
        }
    ],
    "heads": [{"name": "label", "kind": "binary", "source": "image"}],
}


def main() -> None:
    model = presets.load("image_text_relevance")
    large = parse(TEN_BILLION)
    _ours(model)
    _plain()
    plain = _milliseconds(_plain)
    ours = _milliseconds(lambda: _ours_uncached(model))
    changes = (_changed(model, units) for units in itertools.count(129))
    changed = _milliseconds(lambda: _ours(next(changes)))
    before = psutil.Process().memory_info().rss
    huge = _milliseconds(lambda: _ours_uncached(large))
    grown = (psutil.Process().memory_info().rss - before) / 1e6
    count = build(large).model.count_params()
    show(
        "Build + diagram + summary",
        [
            BenchmarkRow("plain Keras, model_to_dot, summary", _figures(plain, plain)),
            BenchmarkRow("ours, image-text model, all anew", _figures(ours, plain)),
            BenchmarkRow("ours, one of its branches changed", _figures(changed, plain)),
            BenchmarkRow(
                f"ours, {count:,} parameters",
                {**_figures(huge, plain), "memory MB": f"{grown:.0f}"},
            ),
        ],
    )


def _figures(taken: float, plain: float) -> dict[str, str]:
    return {"ms": f"{taken:.1f}", "of plain": f"{taken / plain:.2f}"}


def _milliseconds(work: Callable[[], object]) -> float:
    """Return the median of several rounds in milliseconds; garbage is collected before each."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def _ours(architecture: Architecture) -> None:
    blueprint = build(architecture)
    diagram.svg(blueprint.graph)
    summary.text(blueprint.model)


def _ours_uncached(architecture: Architecture) -> None:
    PARTS.clear()
    _ours(architecture)


def _changed(model: Architecture, units: int) -> Architecture:
    """Return the image-text model with an LSTM of another width."""
    image, text = model.inputs
    encoder = text.encoder.model_copy(update={"units": units})
    return model.model_copy(
        update={"inputs": (image, text.model_copy(update={"encoder": encoder}))}
    )


def _plain() -> None:
    image = keras.Input((64, 64, 3), name="image")
    x = keras.layers.Conv2D(32, 3, activation="relu")(image)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(128, activation="relu")(x)
    text = keras.Input((100, 100), name="text")
    y = keras.layers.LSTM(128)(text)
    y = keras.layers.Dense(128, activation="relu")(y)
    fused = keras.layers.Concatenate()([x, y])
    out = keras.layers.Dense(1, activation="sigmoid", name="relevance")(fused)
    model = keras.Model([image, text], out)
    drawn = keras.utils.model_to_dot(model, show_shapes=True, show_layer_activations=True)
    # The same layout program for both, so that only the drawing differs.
    drawn.create(prog=diagram.program(), format="svg")
    model.summary(line_length=summary.LINE, print_fn=lambda _: None)
