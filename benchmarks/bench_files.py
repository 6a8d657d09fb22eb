"""Models as others build them, read from `.keras` files; and files that mean harm.

Each model has parameters and shapes beside Keras's own, seconds of this process for `render`, and
by the clock for `fp.draw`, and for `plot_model` where the machine has a Graphviz. Each hostile file
has the answer of a build worker, and the growth of its memory.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import keras
import psutil

import fusion_playground as fp
from benchmarks.elsewhere import APPLICATIONS, MODELS, SUBCLASSED
from benchmarks.rows import BenchmarkRow, show
from components import keras_json
from components.core.errors import PlaygroundError
from components.core.needs_keras import Task
from components.core.zips import zip_of
from components.export.formats import picture_format
from components.keras_host.build_pool import BuildPool
from components.keras_host.host import keras_host
from components.keras_json import ImportedModel
from components.keras_json.live import read_live
from components.render import diagram
from components.render.options import DiagramOptions, automatic_level
from tests.keras_json.hostile_files import READ, REFUSED, made_a_mark

PICTURES = os.environ.get("FUSION_BENCH_PICTURES")
"""A folder to keep the pictures in, to be looked at."""


def main() -> None:
    """Print the rows."""
    _models(
        "Models after examples", {n: make for n, make in MODELS.items() if n not in APPLICATIONS}
    )
    show("Subclassed models", list(_subclassed()))
    show("Hostile files", list(_hostile()))
    _models("Keras's applications", {name: MODELS[name] for name in APPLICATIONS})
    if not shutil.which("dot"):
        print("plot_model needs a system Graphviz, which this machine does not have.")


def _models(title: str, models: Mapping[str, Callable[[], Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row(name, make, Path(folder)) for name, make in models.items()]
    show(title, rows)
    wrong = [row.name for row in rows if "no" in row.figures.values()]
    print(f"{len(rows)} models; not as Keras has them: {', '.join(wrong) or 'none'}.", flush=True)


def _row(name: str, make: Callable[[], Any], folder: Path) -> BenchmarkRow:
    """Save a model, read it and draw it as the command `render` does, a large one as blocks."""
    model, path = make(), folder / f"{name}.keras"
    if name in APPLICATIONS:
        path.write_bytes(zip_of([("config.json", model.to_json().encode())]))
    else:
        model.save(path)
    start = time.process_time()
    read = keras_json.read(path)
    seen = time.process_time()
    options = DiagramOptions(level=automatic_level(read.graph))
    drawn = picture_format("svg", {}).write(read.graph, options)
    end = time.process_time()
    if PICTURES:
        Path(PICTURES, f"{name}.svg").write_bytes(drawn)
    path.unlink()
    figures = {
        "layers": f"{read.layers:,}",
        "parameters": f"{read.costs.total.parameters:,}",
        "as Keras": _yes(read.costs.total.parameters == model.count_params()),
        "shapes": _yes(_has_shapes_of(read, model)),
        "unknown": str(len(read.unknown)),
        "read s": f"{seen - start:.2f}",
        "draw s": f"{end - seen:.2f}",
        **_live(model),
        "plot_model s": _plotted(model),
        "svg KB": f"{len(drawn) / 1000:.0f}",
    }
    keras.backend.clear_session()
    return BenchmarkRow(name, figures)


def _subclassed() -> Iterator[BenchmarkRow]:
    """Draw the models that have no file with layers, one of which can't be traced."""
    for name, make in SUBCLASSED.items():
        model = make()
        yield BenchmarkRow(name, {**_live(model), "plot_model s": _plotted(model)})
        keras.backend.clear_session()


def _live(model: Any) -> dict[str, str]:
    """Draw a model of this process by `fp.draw`, and count what the picture holds."""
    level = automatic_level(read_live(model).model.graph)
    diagram._lay_out.cache_clear()
    start = time.perf_counter()
    drawing = fp.draw(model, level)
    size = len(drawing.svg)
    seconds = time.perf_counter() - start
    return {
        "fp.draw s": f"{seconds:.2f}",
        "fp.draw KB": f"{size / 1000:.0f}",
        "fp as Keras": _yes(fp.summary(model).parameters == model.count_params()),
        "traced": _yes(not drawing.notes),
    }


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _has_shapes_of(read: ImportedModel, model: Any) -> bool:
    """Return `True` if each layer has the output shapes of Keras's calls, and no others."""
    nodes = [n for n in read.graph.nodes if not n.operation and n.layer != "InputLayer"]
    return {(node.keras_name, node.shape) for node in nodes} == set(_calls(model))


def _calls(model: Any) -> Iterator[tuple[str, tuple[int | None, ...]]]:
    """Yield the name and the output shape of every call of a layer, those of inner models too."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _calls(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            for node in layer._inbound_nodes:
                yield layer.name, tuple(node.outputs[0].shape[1:])


def _plotted(model: Any) -> str:
    if not shutil.which("dot"):
        return "–"
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        try:
            keras.utils.plot_model(
                model, f"{folder}/model.png", show_shapes=True, expand_nested=True
            )
        except Exception as error:  # What it can't draw is a row of the table, too.
            return type(error).__name__
        return f"{time.perf_counter() - start:.2f}"


def _hostile() -> Iterator[BenchmarkRow]:
    """Read each file in a build worker, as the Viewer does."""
    with closing(keras_host()) as host, BuildPool(host, 1) as pool:
        pool.warm_up()
        for name, make in (REFUSED | READ).items():
            content = make()
            before = _memory(pool)
            start = time.perf_counter()
            task = Task("components.keras_json.imported_model", "read", (content,), {})
            try:
                sentence = f"read, {pool.run(task).layers} layers"
            except PlaygroundError as error:
                sentence = str(error)
            seconds = time.perf_counter() - start
            grown = max(0.0, _memory(pool) - before) / 1e6
            figures = {"s": f"{seconds:.2f}", "MB": f"{grown:.0f}", "run": _yes(made_a_mark())}
            yield BenchmarkRow(name, {**figures, "sentence": sentence[:110]})


def _memory(pool: BuildPool) -> float:
    return float(sum(psutil.Process(id).memory_info().rss for id in pool.processes()))
