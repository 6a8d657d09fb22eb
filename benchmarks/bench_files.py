"""Models from elsewhere, drawn by several programs, and hostile files.

Each model has its parameters and shapes compared with Keras's own. Seconds are processor time of
all processes involved: to read and draw its `.keras` file like `render`, and like the Viewer; for
`fp.draw`; for `plot_model` if the machine has Graphviz, and for Netron if its package is installed.
Each hostile file has the answer of a build worker, and the growth of its memory. A row is also
printed to standard error as soon as it is known.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import psutil
from playwright.sync_api import Page

import fusion_playground as fp
from benchmarks.elsewhere import APPLICATIONS, MODELS, SUBCLASSED
from benchmarks.in_netron import netron_page, show_in_netron
from benchmarks.rows import BenchmarkRow, show
from components.app.pages.viewer.state import ViewerState
from components.base.errors import PlaygroundError
from components.base.workers.build_pool import BuildPool
from components.base.workers.host import keras_host
from components.base.workers.needs_keras import Task
from components.base.zips import zip_of
from components.models import imported
from components.models.drawing import diagram, fonts
from components.models.drawing.options import DiagramOptions, Level, automatic_level
from components.models.imported import ImportedModel
from components.sharing.formats import picture_format
from tests.models.imported.hostile_files import READ, REFUSED, made_a_mark

PICTURES = os.environ.get("FUSION_BENCH_PICTURES")
"""Folder to keep the pictures in, for a look at them."""
SECONDS = 300
"""Time limit of one picture, in seconds of wall-clock time."""


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        host = stack.enter_context(closing(keras_host()))
        pool = stack.enter_context(BuildPool(host, 1))
        pool.warm_up()
        netron = stack.enter_context(netron_page()) if find_spec("netron") else None
        row = partial(_row, folder=folder, pool=pool, netron=netron)
        _models("Models after examples", row, [name for name in MODELS if name not in APPLICATIONS])
        show("Subclassed models", list(_subclassed()))
        show("Hostile files", list(_hostile(pool)))
        _models("Keras's applications", row, APPLICATIONS)


def _models(title: str, row: Callable[[str], BenchmarkRow], names: Iterable[str]) -> None:
    rows = [row(name) for name in names]
    show(title, rows)
    wrong = [row.name for row in rows if "no" in row.figures.values()]
    print(f"{len(rows)} models; not as Keras has them: {', '.join(wrong) or 'none'}.", flush=True)


def _row(name: str, folder: Path, pool: BuildPool, netron: Page | None) -> BenchmarkRow:
    """Save a model, read it, and draw it in each way, a large one as blocks."""
    model, path = MODELS[name](), folder / f"{name}.keras"
    if name in APPLICATIONS:
        path.write_bytes(zip_of([("config.json", model.to_json().encode())]))
    else:
        model.save(path)
    read = imported.read(path)
    level = automatic_level(read.graph)
    figures = {
        "layers": f"{read.layers:,}",
        "parameters": f"{read.costs.total.parameters:,}",
        "as Keras": _yes(read.costs.total.parameters == model.count_params()),
        "shapes": _yes(_has_shapes_of(read, model)),
        "unknown": str(len(read.unknown)),
        "level": level,
        "render s": _seconds(lambda: _rendered(path, level)),
        "Viewer s": _seconds(lambda: _viewed(path, pool)),
        **_live(model, level),
        "Netron s": _seconds(lambda: show_in_netron(netron, path)) if netron else "–",
    }
    path.unlink()
    keras.backend.clear_session()
    return _printed(BenchmarkRow(name, figures))


def _rendered(path: Path, level: Level) -> None:
    """Read and draw a file as the command `render` does."""
    _forget()
    read = imported.read(path)
    drawn = picture_format("svg", {}).write(read.graph, DiagramOptions(level=level))
    if PICTURES:
        Path(PICTURES, f"{path.stem}.svg").write_bytes(drawn)


def _viewed(path: Path, pool: BuildPool) -> None:
    """Read a file in a build worker, within its limits, and draw the Viewer's first picture."""
    _forget()
    state = ViewerState(pool.run(_reading(path.read_bytes())))
    if state.picture("light") is None:
        raise ValueError("no picture")


def _forget() -> None:
    """Forget the layouts and letters of earlier pictures."""
    diagram._lay_out.cache_clear()
    fonts._subset.cache_clear()


def _reading(content: bytes) -> Task:
    return Task("components.models.imported.imported_model", "read", (content,), {})


def _subclassed() -> Iterator[BenchmarkRow]:
    """Draw the models without a file of layers, one of which can't be traced."""
    for name, make in SUBCLASSED.items():
        model = make()
        yield _printed(BenchmarkRow(name, _live(model, "layers")))
        keras.backend.clear_session()


def _live(model: Any, level: Level) -> dict[str, str]:
    """Draw a model of this process by `fp.draw` at a level and by layers, and by `plot_model`."""

    def drawn(level: Level) -> None:
        _forget()
        assert fp.draw(model, level).svg

    layers = _seconds(lambda: drawn("layers"))
    summary = fp.summary(model)
    return {
        "fp.draw s": layers if level == "layers" else _seconds(lambda: drawn(level)),
        "by layers s": layers,
        "fp as Keras": _yes(summary.parameters == model.count_params()),
        "traced": _yes(not summary.model.notes),
        "plot_model s": _seconds(lambda: _plotted(model)) if shutil.which("dot") else "–",
    }


def _printed(row: BenchmarkRow) -> BenchmarkRow:
    print(row.name, *(f"{n} {v}" for n, v in row.figures.items()), sep=", ", file=sys.stderr)
    return row


def _seconds(work: Callable[[], object]) -> str:
    """Return the processor seconds of some work, including child processes.

    Failed work returns the name of its error; work that takes too long is ended.
    """

    def late(*_: object) -> None:
        raise TimeoutError

    before, held = _processor(), signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        work()
    except TimeoutError:
        for child in psutil.Process().children():
            if child.name() == "dot":  # pydot leaves it running.
                child.kill()
        return f"> {SECONDS}"
    except Exception as error:  # A model that can't be drawn is a row of the table, too.
        return type(error).__name__
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, held)
    return f"{_processor() - before:.2f}"


def _processor() -> float:
    """Return the processor seconds used by this process and its children."""
    children = psutil.Process().children(recursive=True)
    return sum(os.times()[:4]) + sum(sum(child.cpu_times()[:2]) for child in children)


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _has_shapes_of(read: ImportedModel, model: Any) -> bool:
    """Return `True` if each layer has the output shapes of Keras's calls, and no others."""
    nodes = [n for n in read.graph.nodes if not n.operation and n.layer != "InputLayer"]
    return {(node.keras_name, node.shape) for node in nodes} == set(_calls(model))


def _calls(model: Any) -> Iterator[tuple[str, tuple[int | None, ...]]]:
    """Yield the name and output shape of each layer call, including those of inner models."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _calls(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            for node in layer._inbound_nodes:
                yield layer.name, tuple(node.outputs[0].shape[1:])


def _plotted(model: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        keras.utils.plot_model(model, f"{folder}/model.png", show_shapes=True, expand_nested=True)


def _hostile(pool: BuildPool) -> Iterator[BenchmarkRow]:
    """Read each file in a build worker, as the Viewer does."""
    for name, make in (REFUSED | READ).items():
        content = make()
        before = _memory(pool)
        start = time.perf_counter()
        try:
            sentence = f"read, {pool.run(_reading(content)).layers} layers"
        except PlaygroundError as error:
            sentence = str(error)
        seconds = time.perf_counter() - start
        grown = max(0.0, _memory(pool) - before) / 1e6
        figures = {"s": f"{seconds:.2f}", "MB": f"{grown:.0f}", "run": _yes(made_a_mark())}
        yield BenchmarkRow(name, {**figures, "sentence": sentence[:110]})


def _memory(pool: BuildPool) -> float:
    return float(sum(psutil.Process(id).memory_info().rss for id in pool.processes()))
