"""The single walk from a spec to a Blueprint: the Keras model and the record of its layers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from components.encoders.shared import Shared
from components.errors import ShapeError, SpecError
from components.graph import Graph, Group, Node
from components.merges.base import written
from components.recorder import Keras, Tensor
from components.spec import TRUNK, Architecture

if TYPE_CHECKING:
    import keras

T = TypeVar("T")


@dataclass(frozen=True)
class Blueprint:
    """What building gives: the Keras model, the graph of its layers, and the time it took."""

    architecture: Architecture
    model: keras.Model
    graph: Graph
    seconds: float


def build(architecture: Architecture) -> Blueprint:
    """A real functional model without weights, for viewing: any size, in milliseconds.

    The variables of a stateless build wait on a list of their thread, where the next ordinary call
    would make them all; so each build has a thread of its own, and the list dies with it.

    Raises `ShapeError` where ranks or widths do not fit, placed at the part it belongs to.
    """

    def weightless() -> Blueprint:
        import keras

        with keras.StatelessScope(initialize_variables=False):
            return _walk(architecture)

    return _in_a_thread(weightless)


def build_with_weights(architecture: Architecture) -> Blueprint:
    """The same model with its weights, in the calling thread, for training.

    Raises what `build` raises. Call it where nothing was built before, so that names start afresh.
    """
    return _walk(architecture)


def compile_arguments(architecture: Architecture) -> dict[str, dict[str, Any]]:
    """`loss`, `loss_weights` and `metrics` by head, for `Model.compile`."""
    heads = architecture.heads
    return {
        "loss": {head.name: head.loss for head in heads},
        "loss_weights": {head.name: head.loss_weight for head in heads},
        "metrics": {head.name: list(head.metrics) for head in heads},
    }


def _walk(spec: Architecture) -> Blueprint:
    start = time.perf_counter()
    import keras

    k = Keras(reserved=spec.names)
    tensors: dict[str, Tensor] = {}
    inputs = _branches(k, spec, tensors)
    _merges(k, spec, tensors)
    _trunk(k, spec, tensors)
    outputs = _heads(k, spec, tensors)
    model = keras.Model(inputs, outputs, name=spec.name)
    graph = Graph(spec.name, tuple(_by_group(k.nodes, spec)), tuple(_groups(spec)))
    return Blueprint(spec, model, graph, time.perf_counter() - start)


def _branches(k: Keras, spec: Architecture, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    inputs: dict[str, Tensor] = {}
    own_first = sorted(enumerate(spec.inputs), key=lambda item: isinstance(item[1].encoder, Shared))
    for place, given in own_first:
        with _placed("inputs", place, "encoder"):
            inputs[given.name] = k.input(given)
            tensors[given.name] = given.encoder.features(k, inputs[given.name], given)
    return {given.name: inputs[given.name] for given in spec.inputs}


def _merges(k: Keras, spec: Architecture, tensors: dict[str, Tensor]) -> None:
    for place, merge in spec.ordered_merges():
        with _placed("merges", place):
            xs = [tensors[source] for source in merge.sources]
            merge.contract.check(merge.title, merge.sources, [tuple(x.shape[1:]) for x in xs])
            k.write(merge.name)
            tensors[merge.name] = merge.layers(k, xs)


def _trunk(k: Keras, spec: Architecture, tensors: dict[str, Tensor]) -> None:
    source = spec.trunk_source
    if source is None:
        return
    x = tensors[source]
    if spec.trunk.depth:
        with _placed("trunk", "depth"):
            _must_be_vector("The trunk", source, x)
        k.write(TRUNK)
    for i in range(1, spec.trunk.depth + 1):
        x = k.Dense(spec.trunk.units, activation=spec.trunk.activation, name=f"dense_{i}")(x)
        if spec.trunk.dropout:
            x = k.Dropout(spec.trunk.dropout, name=f"dropout_{i}")(x)
    tensors[TRUNK] = x


def _heads(k: Keras, spec: Architecture, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    outputs: dict[str, Tensor] = {}
    for place, head in enumerate(spec.heads):
        with _placed("heads", place):
            x = tensors[head.source]
            with _placed("source"):
                _must_be_vector(f"Head `{head.name}`", head.source, x)
            k.write(head.name)
            outputs[head.name] = head.layers(k, x)
    return outputs


def _must_be_vector(reader: str, source: str, x: Tensor) -> None:
    shape = tuple(x.shape[1:])
    if len(shape) != 1:
        raise ShapeError(
            f"{reader} reads one vector for each sample.",
            f"{source} {written(shape)}",
            "Give the branches an encoder of depth 1 or more, whose readout makes a vector.",
        )
    if None in shape:
        raise ShapeError(
            f"{reader} needs features of a known width.",
            f"{source} {written(shape)}",
            "Give the input a length, or an encoder that reads any length.",
        )


def _by_group(nodes: list[Node], spec: Architecture) -> Iterator[Node]:
    branches = {given.name: place for place, given in enumerate(spec.inputs)}
    return iter(sorted(nodes, key=lambda node: branches.get(node.group, len(branches))))


def _groups(spec: Architecture) -> Iterator[Group]:
    for place, given in enumerate(spec.inputs):
        yield Group(given.name, "branch", given.name, place, given.title)
    for merge in spec.merges:
        yield Group(merge.name, "merge", merge.name, 0, merge.title)
    if spec.trunk.depth:
        yield Group(TRUNK, "trunk", TRUNK, 0)
    for head in spec.heads:
        yield Group(head.name, "head", head.name, 0, head.loss)


@contextmanager
def _placed(*where: str | int) -> Iterator[None]:
    try:
        yield
    except SpecError as error:
        raise error.at(*where) from None


def _in_a_thread(work: Callable[[], T]) -> T:
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="build")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]
