"""X-rays of a model: what all of its layers make of some samples, epoch after epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from components.analysis.additive import inputs_of
from components.core.graph import Node
from components.core.needs_keras import needs_keras
from components.inspection.basis.coalitions import Stopwatch
from components.inspection.basis.xray_results import (
    BLANK,
    LayerOutputs,
    Numbers,
    Reading,
    Space,
    Xray,
    XrayEpoch,
    XrayHead,
)
from components.inspection.linear_reader import chance_of, plane, read_label
from components.inspection.readouts import (
    attention_scores,
    attention_sources,
    gates_by_source,
    is_gate,
)
from components.inspection.split_model import SplitModel
from components.inspection.trained import kept_model
from components.training.data_split import DataSplit
from components.training.requests import RunRequest
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset
from sample_data.core.drawings import Drawing, Label, Words
from sample_data.preview import Preview, preview
from sample_data.sources import about

if TYPE_CHECKING:
    from components.model.builder import Blueprint

SAMPLES, NEXTS, POINTS = 8, 2, 300
"""Samples that are shown, those whose inputs each can get, and samples that are points."""
LEAST_SAMPLES, LEAST_POINTS = 1 + NEXTS, 20
"""A slow model shows so many samples at least, so that none is swapped for itself; fewer points
than that are none."""
SECONDS, READ_SECONDS = 1.5, 0.5
"""What one X-ray of a model may take after it is compiled, and the linear readers of its layers;
of later layers, only the ends of branches and merges are read."""
MOST_BYTES = 1_000_000
"""Of the text of all epochs of an X-ray, without their points."""
WIDTH, STEPS, FEATURES, CHANNELS, MAP_SIDE, IMAGE_SIDE, WORDS = 256, 48, 24, 32, 16, 32, 40
"""What is kept of an output: numbers, steps, features, channels, pixels of a side; and words."""
READ_WIDTH = 1024
"""Numbers of an output that are read and drawn as points; of more, the means over positions."""
ATTENTION = " attention"
"""After the name of a layer: how much it reads each step."""


class XrayCamera:
    """Takes X-rays of one model while it learns: its weights change between them."""

    def __init__(
        self, request: RunRequest, blueprint: Blueprint, split: DataSplit, data: Dataset
    ) -> None:
        self._request, self._data = request, data
        self._rows = _rows(request, split, data)
        inputs, targets = (
            {name: array[self._rows] for name, array in arrays.items()}
            for arrays in (data.inputs, data.targets)
        )
        self._model, self._graph = SplitModel(blueprint, inputs, targets), blueprint.graph
        self._nodes = {node.id: node for node in self._graph.drawn().nodes}
        self._merges = {merge.name: merge for merge in request.architecture.merges}
        self._nexts = min(NEXTS, len(self._rows) - 1)
        self._channels: dict[str, Array] = {}
        """The strongest channels of each layer with many, the same in all epochs."""
        self._features: dict[int, dict[str, Array]] = {}
        """What is drawn as points, by epoch and layer."""
        self._epochs: dict[int, XrayEpoch] = {}

    def record(self, epoch: int, whole: bool = True) -> XrayEpoch:
        """X-ray the model as it is now; without `whole`, only layers with points are read."""
        samples, points = self._plan
        features = self._point_features(points) if points else {}
        spaced = {id: features[id] for id in self._spaced if id in features}
        heads = self._model.on(np.arange(points)).heads if points else ()
        readings, stopwatch = dict[str, dict[str, Reading]](), Stopwatch()
        for id, values in ({**spaced, **features} if whole else spaced).items():
            if id in spaced or stopwatch.seconds < READ_SECONDS:
                readings[id] = {head.name: read_label(values, head) for head in heads}
        blocks = [self._block(self._inputs(sample, samples)) for sample in range(samples)]
        layers = {id: self._layer(node, blocks) for id, node in self._nodes.items()}
        self._features[epoch] = spaced
        taken = XrayEpoch(epoch=epoch, layers=layers, readings=readings, spaces={})
        self._epochs[epoch] = taken
        return taken

    def forget_from(self, epoch: int) -> None:
        """Forget the X-rays of an epoch and of those after it."""
        for later in [one for one in self._epochs if one >= epoch]:
            del self._epochs[later], self._features[later]

    def xray(self, most_bytes: int = MOST_BYTES) -> Xray:
        """All epochs; the first, the middle and the last one, or the last, if they take too much
        space."""
        recorded = sorted(self._epochs)
        few = sorted({recorded[0], recorded[len(recorded) // 2], recorded[-1]})
        sizes = {epoch: len(self._epochs[epoch].model_dump_json()) for epoch in recorded}
        for epochs in (recorded, few):
            if sum(sizes[epoch] for epoch in epochs) <= most_bytes:
                return self._of(epochs)
        return self._of(recorded[-1:])

    def latest(self) -> Xray:
        """The last epoch that was recorded, with the axes of all."""
        return self._of(sorted(self._epochs), [max(self._epochs)])

    def _of(self, epochs: Sequence[int], shown: Sequence[int] = ()) -> Xray:
        samples, points = self._plan
        spaces: dict[int, dict[str, Space]] = {epoch: {} for epoch in epochs}
        for id in self._features[epochs[-1]]:
            outputs = [self._features[epoch][id] for epoch in epochs]
            planes, share = plane(outputs)
            for epoch, placed in zip(epochs, planes, strict=True):
                spaces[epoch][id] = Space(points=Numbers.of(placed), share=share)
        labels = self._previews(samples)
        return Xray(
            inputs=self._model.inputs,
            rows=tuple(map(int, self._rows[:samples])),
            nexts=self._nexts,
            words={
                branch.name: tuple(_words(one.inputs[branch.name]) for one in labels)
                for branch in self._request.architecture.data_inputs
                if branch.cardinality
            },
            heads={
                head.name: XrayHead(
                    target=head.target,
                    labels=tuple(one.labels[head.name] for one in labels),
                    truth=tuple(map(float, head.truth.reshape(len(head.truth), -1)[:, 0])),
                    chance=chance_of(head),
                )
                for head in self._model.on(np.arange(max(points, samples))).heads
            },
            epochs=tuple(
                self._epochs[epoch].model_copy(update={"spaces": spaces[epoch]})
                for epoch in shown or epochs
            ),
        )

    def _previews(self, samples: int) -> Sequence[Preview]:
        facts, rows = about(self._request.data), [int(row) for row in self._rows[:samples]]
        names = {"names": facts.classes, "ids": facts.ids, "columns": facts.columns}
        return preview(self._request.data_architecture, self._data, rows, **names)

    @cached_property
    def _plan(self) -> tuple[int, int]:
        """How many samples and points there is time and space for."""
        count, first = len(self._rows), self._inputs(0, min(SAMPLES, len(self._rows)))
        self._compiled(first)
        stopwatch = Stopwatch()
        blocks = self._block(first)
        block = len(next(iter(first.values())))
        rows = int(SECONDS / 2 / max(stopwatch.seconds / block, 1e-6))
        points = min(count, 4 * rows)  # Points are not copied layer by layer.
        size = sum(
            one.kept.size
            * (1 if one.kept.ndim == 4 else 2)
            // (block if len(inputs_of(self._graph, id)) == 1 else 1)
            for id, one in blocks.items()
        )
        most = min(rows // block, MOST_BYTES // (size or 1))
        samples = min(SAMPLES, count, max(LEAST_SAMPLES, most))
        return samples, points if points >= LEAST_POINTS else 0

    @cached_property
    def _spaced(self) -> tuple[str, ...]:
        """The layers that end the branches and the merges."""
        graph = self._graph.drawn()
        groups = [group.id for group in graph.groups if group.role in ("branch", "merge")]
        return tuple(graph.members(id)[-1].id for id in groups if graph.members(id))

    @cached_property
    def _compiled(self) -> Any:
        """A compiled function of the inputs: outputs of layers, and all that attention reads."""
        tensors, ids = self._model.blueprint.tensors, set(self._nodes)
        for node in self._attentions:
            ids.update(attention_sources(node))
        return self._model.compiled({id: tensors[id] for id in ids})

    @cached_property
    def _attentions(self) -> list[Node]:
        return [node for node in self._nodes.values() if node.layer == "MultiHeadAttention"]

    def _inputs(self, sample: int, samples: int) -> dict[str, Array]:
        """The inputs of a sample as it is, then with each input swapped for each choice."""
        names = self._model.inputs
        swaps = [(name, choice) for name in names for choice in range(self._nexts + 1)]
        rows = {name: [sample] * (1 + len(swaps)) for name in names}
        for number, (name, choice) in enumerate(swaps, start=1):
            blank = choice == self._nexts
            rows[name][number] = BLANK if blank else (sample + choice + 1) % samples
        taken = {}
        for name, chosen in rows.items():
            taken[name] = self._model.data[name][chosen]
            taken[name][np.equal(chosen, BLANK)] = 0
        return taken

    def outputs(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs of all layers for samples, and after `ATTENTION` what each reads."""
        values = self._model.outputs(self._compiled, inputs)
        for node in self._attentions:
            layer = self._model.blueprint.model.get_layer(node.keras_name)
            values[node.id + ATTENTION] = attention_scores(layer, node, values)
        return values

    def _block(self, inputs: Mapping[str, Array]) -> dict[str, _Block]:
        """What the layers make of one sample and of its swaps."""
        outputs, blocks = self.outputs(inputs), {}
        for id, node in self._nodes.items():
            whole = np.asarray(outputs[id], np.float32)
            flat = whole.reshape(len(whole), -1)
            length = max(float(np.linalg.norm(flat[0])), 1e-9)
            moved = np.linalg.norm(flat[1:] - flat[0], axis=1) / length
            scores = outputs.get(id + ATTENTION)
            attention = None if scores is None else _strongest(scores, 1, STEPS)
            ends = np.stack([flat.min(axis=1), flat.max(axis=1)])
            blocks[id] = _Block(self._kept(node, whole), ends, moved, attention)
        return blocks

    def _kept(self, node: Node, values: Array) -> Array:
        """What a picture of the layer can show of its outputs (rows, ...)."""
        weighed = self._weighed(node, values)
        if weighed is not None:
            return weighed
        if values.ndim > 4:
            values = values.reshape(len(values), -1, values.shape[-1])
        if values.ndim == 2:
            return _strongest(values, 1, WIDTH)
        if values.ndim == 3:
            return _strongest(_strongest(values, 1, STEPS), 2, FEATURES)
        if node.layer == "InputLayer":
            down, across = (np.linspace(0, n - 1, min(n, IMAGE_SIDE)).astype(int)
                            for n in values.shape[1:3])  # fmt: skip
            return values[:, down][:, :, across, :CHANNELS]
        if node.id not in self._channels:
            strength = np.abs(values).mean(axis=(0, 1, 2))
            self._channels[node.id] = np.sort(np.argsort(-strength)[:CHANNELS])
        values = values[..., self._channels[node.id]]
        return _strongest(_strongest(values, 1, MAP_SIDE), 2, MAP_SIDE)

    def _weighed(self, node: Node, values: Array) -> Array | None:
        """(rows, sources): the mean gate of each source, if the layer has these."""
        if not is_gate(node, self._merges):
            return None
        return gates_by_source(node, values, self._merges[node.group])

    def _layer(self, node: Node, blocks: Sequence[Mapping[str, _Block]]) -> LayerOutputs:
        own = [block[node.id] for block in blocks]
        reads = inputs_of(self._graph, node.id)

        def in_rows(parts: Sequence[Array]) -> Array:
            """(samples, 1 + swaps, ...) in the order of `Xray.row`."""
            every = np.stack(parts)
            swapped = every[:, 1:].reshape(-1, *every.shape[2:])
            if len(reads) == 1:
                (name,) = reads
                blank = self._model.inputs.index(name) * (self._nexts + 1) + self._nexts
                swapped = swapped[blank : blank + 1]
            return np.concatenate([every[:, 0], swapped])

        weighed = self._weighed(node, np.zeros([1, *(size or 1 for size in node.shape)]))
        attention = [block.attention for block in own if block.attention is not None]
        low, high = (in_rows([block.ends[end] for block in own]) for end in (0, 1))
        return LayerOutputs(
            shape=tuple(size or 1 for size in node.shape),
            kept=Numbers.of(in_rows([block.kept for block in own])),
            low=_short(low),
            high=_short(high),
            moved=_short(np.concatenate([block.moved for block in own])),
            sources=() if weighed is None else self._merges[node.group].sources,
            attention=Numbers.of(in_rows(attention)) if attention else None,
        )

    def _point_features(self, points: int) -> dict[str, Array]:
        """(points, width): the outputs of each layer that a linear reader can read."""
        data = {name: array[:points] for name, array in self._model.data.items()}
        return self._model.outputs(self._readable, data)

    @cached_property
    def _readable(self) -> Any:
        """A compiled function of the inputs: what a linear reader can read of each layer. Wide
        outputs are averaged there already, since copies of them take longer than all else."""
        tensors = self._model.blueprint.tensors
        readable = {id: _readable(node, tensors[id]) for id, node in self._nodes.items()}
        return self._model.compiled(
            {id: tensor for id, tensor in readable.items() if tensor is not None}
        )


@dataclass(frozen=True)
class _Block:
    """What a layer makes of one sample and of its swaps, in rows."""

    kept: Array
    ends: Array
    """(2, rows): the least and the greatest number."""
    moved: Array
    attention: Array | None


def _rows(request: RunRequest, split: DataSplit, data: Dataset) -> Array:
    """Rows in the dataset, those of the samples that are shown first: of each class in turn."""
    held = split.held if len(split.held) else split.trained
    rows = np.random.default_rng(request.settings.seed).permutation(held)[:POINTS]
    head = request.architecture.heads[0]
    if head.target == "values":
        return rows
    labels = data.targets[head.name][rows, 0]
    turn = [int(np.sum(labels[:number] == label)) for number, label in enumerate(labels)]
    ordered: Array = rows[np.lexsort((labels, turn))]
    return ordered


def _words(drawing: Drawing) -> tuple[str, ...]:
    if isinstance(drawing, Words):
        return tuple(drawing.words[:WORDS])
    return (drawing.text,) if isinstance(drawing, Label) else ()


def _readable(node: Node, tensor: Any) -> Any:
    """The output of a layer (N, ...) as a tensor (N, width): all numbers, or their means over
    positions; `None` for ids and for what is too wide even so."""
    import keras

    shape = node.shape
    if not node.dtype.startswith("float") or not shape or None in shape:
        return None
    if math.prod(size or 1 for size in shape) <= READ_WIDTH:
        return keras.ops.reshape(tensor, (-1, math.prod(size or 1 for size in shape)))
    if len(shape) == 1 or (shape[-1] or 0) > READ_WIDTH:
        return None
    return keras.ops.mean(tensor, axis=tuple(range(1, len(shape))))


def _strongest(values: Array, axis: int, most: int) -> Array:
    """At most so many numbers along an axis: of neighbours, the one furthest from 0."""
    count = values.shape[axis]
    if count <= most:
        return values
    starts = np.arange(most) * count // most
    high, low = (join.reduceat(values, starts, axis) for join in (np.maximum, np.minimum))
    return np.where(high >= -low, high, low)


def _short(values: Array) -> tuple[float, ...]:
    """Numbers with 4 significant digits."""
    return tuple(float(f"{value:.4g}") for value in values)


@needs_keras
def xray_kept(request: str, weights: bytes, epoch: int) -> str:
    """X-ray the kept model of a run's request, which is that of an epoch, as JSON text. Raises what
    loading the data raises."""
    camera = XrayCamera(*kept_model(request, weights))
    camera.record(epoch)
    return camera.xray().json_text()
