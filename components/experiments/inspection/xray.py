"""X-rays of a model: outputs of all layers for some samples, epoch after epoch."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from components.base.workers.needs_keras import needs_keras
from components.experiments.inspection.basis.coalitions import Stopwatch
from components.experiments.inspection.basis.xray_results import (
    BLANK,
    VERSION,
    LayerOutputs,
    Numbers,
    Reading,
    Space,
    Xray,
    XrayEpoch,
    XrayHead,
    mixed_inputs,
)
from components.experiments.inspection.gates import gates_by_source, is_gate
from components.experiments.inspection.linear_reader import chance_of, plane, read_label
from components.experiments.inspection.readouts import attention_scores, attention_sources
from components.experiments.inspection.split_model import SplitModel, split_model
from components.experiments.inspection.trained import kept_model
from components.experiments.training.events import Xrayed
from components.experiments.training.loop import RunModel
from components.models.architecture.costs import costs_of
from components.models.language.graph import Graph, Node
from components.models.merges.base import Merge
from sample_data.core.arrays import Array
from sample_data.core.drawings import Drawing, Label, Words
from sample_data.loading.preview import preview
from sample_data.loading.sources import about

SAMPLES, NEXTS, POINTS = 8, 2, 300
"""Number of displayed samples, of next samples for a swap, and of points."""
LEAST_SAMPLES, LEAST_POINTS = 1 + NEXTS, 20
"""Fewest displayed samples, so none is swapped with itself, and fewest points that are used."""
FLOPS = 3_000_000_000
"""FLOPs limit for all samples with their swaps.

Points, which are not copied by layer, get four times as much.
"""
READ_NUMBERS = 10_000_000
"""Numbers that linear readers read, about half a second; beyond that, only the ends of parts.

A limit in seconds would read other layers on other machines.
"""
MOST_BYTES = 1_000_000
"""Limit of the text of all epochs of an X-ray, without their points."""
WIDTH, STEPS, FEATURES, CHANNELS, MAP_SIDE, IMAGE_SIDE, WORDS = 256, 48, 24, 32, 16, 32, 40
"""Limits of a kept output: numbers, steps, features, channels, pixels of a side, and words."""
MOST_MOVED = 10.0
"""Largest kept change of an output by a swap, relative to its length."""
READ_WIDTH = 1024
"""Largest width of an output that is read and drawn as points; wider ones are averaged."""
EPOCHS = 12
"""Maximum number of X-rayed epochs of a run."""
RUN_SECONDS, SHARE = 1.0, 0.1
"""Time limit of all X-rays of a run: the seconds, or the share of a longer training."""
END_SECONDS, STOPPED_SECONDS = 1.5, 0.3
"""Time limits of the last X-ray, by the time of the one before, and that of a stopped run.

The process of a stopped run must end soon. Beyond the limit, the X-ray is made on demand from the
kept model.
"""
MOST_FLOPS = 50_000_000
"""FLOPs of a sample from which a model is X-rayed only on demand, from the kept model."""

_log = logging.getLogger(__name__)


class LayerCamera:
    """Camera for X-rays of one model, whose weights change between them."""

    def __init__(
        self,
        model: SplitModel,
        graph: Graph,
        tensors: Mapping[str, Any],
        rows: Array,
        merges: Mapping[str, Merge],
    ) -> None:
        self._model, self._tensors, self._rows = model, tensors, rows
        self._costs, self._graph = costs_of(graph), graph.drawn()
        self._nodes = {node.id: node for node in self._graph.nodes}
        self._nexts = min(NEXTS, len(self._rows) - 1)
        gates = [node for node in self._nodes.values() if is_gate(node, merges)]
        self._gates = {
            node.id: merges[node.group] for node in gates if _has_source_gates(node, merges)
        }
        """Merge whose sources a layer's gates weigh, by layer."""
        self._parts = {node.group: node.id for node in self._graph.nodes if node.group}
        """Last layer of each part."""
        self._channels: dict[str, Array] = {}
        """Strongest channels of layers with many, the same in all epochs."""
        self._features: dict[int, dict[str, Array]] = {}
        """Features that are drawn as points, by epoch and layer."""
        self._epochs: dict[int, XrayEpoch] = {}

    def record(self, epoch: int, whole: bool = True) -> None:
        """X-ray the model as it is now; without `whole`, only the ends of parts are read."""
        samples, points = self._plan
        readings, spaced = self._read(points, whole) if points else ({}, {})
        blocks = [self._block(sample, samples) for sample in range(samples)]
        layers = {id: self._layer(id, blocks) for id in self._nodes}
        self._features[epoch] = spaced
        self._epochs[epoch] = XrayEpoch(epoch=epoch, layers=layers, readings=readings, spaces={})

    def has(self, epoch: int) -> bool:
        """Return `True` if an epoch was X-rayed."""
        return epoch in self._epochs

    def keep(self) -> object:
        """Return all records for the camera of the same model in another process."""
        return self._channels, self._features, self._epochs

    def restore(self, kept: Any) -> None:
        """Restore the records of another camera."""
        self._channels, self._features, self._epochs = kept

    def forget_from(self, epoch: int) -> None:
        """Delete the X-rays of an epoch and of those after it."""
        for later in [one for one in self._epochs if one >= epoch]:
            del self._epochs[later], self._features[later]

    def xray(self, most_bytes: int = MOST_BYTES) -> Xray:
        """Return the X-ray of all epochs; of three or only the last one if it is too large.

        The three are the first, the middle and the last epoch.
        """
        recorded = sorted(self._epochs)
        few = sorted({recorded[0], recorded[len(recorded) // 2], recorded[-1]})
        sizes = {epoch: len(self._epochs[epoch].model_dump_json()) for epoch in recorded}
        for epochs in (recorded, few):
            if sum(sizes[epoch] for epoch in epochs) <= most_bytes:
                return self._xray_of(epochs)
        return self._xray_of(recorded[-1:])

    def latest(self) -> Xray:
        """Return the X-ray of the last recorded epoch, with the axes of all epochs."""
        return self._xray_of(sorted(self._epochs), [max(self._epochs)])

    def _xray_of(self, epochs: Sequence[int], shown: Sequence[int] = ()) -> Xray:
        samples, points = self._plan
        spaces: dict[int, dict[str, Space]] = {epoch: {} for epoch in epochs}
        for id in self._features[epochs[-1]]:
            planes, share = plane([self._features[epoch][id] for epoch in epochs])
            for epoch, placed in zip(epochs, planes, strict=True):
                spaces[epoch][id] = Space(points=Numbers.of(placed), share=share)
        rows = tuple(map(int, self._rows[:samples]))
        words, labels = self._described(rows)
        known = self._model.on(np.arange(max(points, samples))).heads
        return Xray(
            version=VERSION,
            inputs=self._model.inputs,
            rows=rows,
            nexts=self._nexts,
            words=words,
            heads={
                head.name: XrayHead(
                    target=head.target,
                    labels=labels[head.name],
                    truth=tuple(head.truth.reshape(len(head.truth), -1)[:, 0].astype(float)),
                    chance=chance_of(head),
                )
                for head in known
            },
            parts=self._parts,
            epochs=tuple(
                self._epochs[epoch].model_copy(update={"spaces": spaces[epoch]})
                for epoch in shown or epochs
            ),
        )

    def _described(
        self, rows: Sequence[int]
    ) -> tuple[dict[str, tuple[tuple[str, ...], ...]], dict[str, tuple[str, ...]]]:
        """Return the words of inputs of ids, and the labels of heads, for rows of the dataset."""
        raise NotImplementedError

    def _attention(self, node: Node, values: Mapping[str, Array]) -> Array:
        """Return the attention to each step, from the outputs of its sources."""
        raise NotImplementedError

    @cached_property
    def _plan(self) -> tuple[int, int]:
        """Numbers of displayed samples and of points."""
        rows = FLOPS // max(self._costs.total.flops, 1)
        points = min(len(self._rows), 4 * rows)
        samples = rows // len(self._mixed(1))
        least, most = (min(one, len(self._rows)) for one in (LEAST_SAMPLES, SAMPLES))
        return min(max(samples, least), most), points if points >= LEAST_POINTS else 0

    def _read(
        self, points: int, whole: bool
    ) -> tuple[dict[str, dict[str, Reading]], dict[str, Array]]:
        """Return the readings by layer and head, and the features (points, width) of spaces.

        Ends of parts are read first; spaces are the ends of branches and merges. Layers with
        infinite or undefined outputs are left out.
        """
        part = self._model.on(np.arange(points))
        outputs = self.readable.outputs(part.data)
        features = {id: values for id, values in outputs.items() if np.isfinite(values).all()}
        ends = [id for id in self._parts.values() if id in features]
        readings, numbers = dict[str, dict[str, Reading]](), 0
        for id in dict.fromkeys([*ends, *features] if whole else ends):
            if id in ends or numbers < READ_NUMBERS:
                readings[id] = {head.name: read_label(features[id], head) for head in part.heads}
                numbers += features[id].size * len(part.heads)
        groups = [group for group in self._graph.groups if group.role in ("branch", "merge")]
        spaced = [self._parts[group.id] for group in groups if group.id in self._parts]
        return readings, {id: features[id] for id in spaced if id in features}

    @cached_property
    def _layers(self) -> SplitModel:
        """Model with the outputs of all layers and the sources of attention."""
        ids = set(self._nodes)
        for node in self._attentions:
            ids.update(attention_sources(node))
        return self._model.with_outputs({id: self._tensors[id] for id in ids})

    @cached_property
    def readable(self) -> SplitModel:
        """Model with the features for linear readers, by layer.

        It already averages wide outputs: copying them takes longer than all else.
        """
        readable = {id: _readable(node, self._tensors[id]) for id, node in self._nodes.items()}
        return self._model.with_outputs(
            {id: tensor for id, tensor in readable.items() if tensor is not None}
        )

    @cached_property
    def _attentions(self) -> list[Node]:
        """Attention layers with known calls: those of models made here."""
        every = self._nodes.values()
        return [node for node in every if node.layer == "MultiHeadAttention" and node.call]

    def _mixed(self, samples: int) -> Array:
        return mixed_inputs(samples, len(self._model.inputs), self._nexts)

    def outputs(self, inputs: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the outputs of all layers for samples, and the attention to each step."""
        values, scores = self._layers.outputs(inputs), {}
        for node in self._attentions:
            scores[node.id] = self._attention(node, values)
        return values, scores

    def _block(self, sample: int, samples: int) -> dict[str, dict[str, Array]]:
        """Compute the layer outputs of one sample and its swaps, by layer and field."""
        mixed, inputs = np.split(self._mixed(samples), samples)[sample], {}
        for name, values in self._model.data.items():
            origins = mixed[:, self._model.starts[name][1]]
            inputs[name] = values[origins]
            inputs[name][origins == BLANK] = 0
        outputs, scores = self.outputs(inputs)
        blocks = dict[str, dict[str, Array]]()
        for id, node in self._nodes.items():
            whole = np.asarray(outputs[id], np.float32)
            flat = whole.reshape(len(whole), -1)
            length = max(float(np.linalg.norm(flat[0])), 1e-9)
            blocks[id] = {
                "kept": self._kept(node, whole),
                "ends": np.stack([flat.min(axis=1), flat.max(axis=1)], axis=1),
                "moved": (np.linalg.norm(flat - flat[0], axis=1) / length).clip(max=MOST_MOVED),
            }
            if id in scores:
                blocks[id]["attention"] = _strongest(scores[id], 1, STEPS)
        return blocks

    def _kept(self, node: Node, values: Array) -> Array:
        """Reduce the outputs (rows, ...) of a layer to the size of its picture."""
        if node.id in self._gates:
            gates = gates_by_source(node, values, self._gates[node.id])
            assert gates is not None
            return gates
        if values.ndim > 4:
            values = values.reshape(len(values), -1, values.shape[-1])
        if values.ndim == 1:  # One number, such as the row of a sample.
            values = values[:, None]
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

    def _layer(self, id: str, blocks: Sequence[Mapping[str, Mapping[str, Array]]]) -> LayerOutputs:
        parts = {
            part: Numbers.of(np.concatenate([block[id][part] for block in blocks]))
            for part in blocks[0][id]
        }
        sources = self._gates[id].sources if id in self._gates else ()
        return LayerOutputs(**parts, sources=sources)


class XrayCamera(LayerCamera):
    """Camera for a model that was made here, on samples of its run."""

    def __init__(self, model: RunModel) -> None:
        self._run, rows, blueprint = model, _rows(model), model.blueprint
        samples = split_model(blueprint, model.data.inputs, model.data.targets).on(rows)
        merges = {merge.name: merge for merge in model.request.architecture.merges}
        super().__init__(samples, blueprint.graph, blueprint.tensors, rows, merges)

    def _described(
        self, rows: Sequence[int]
    ) -> tuple[dict[str, tuple[tuple[str, ...], ...]], dict[str, tuple[str, ...]]]:
        request = self._run.request
        facts = about(request.data)
        names = {"names": facts.classes, "ids": facts.ids, "columns": facts.columns}
        shown = preview(request.data_architecture, self._run.data, rows, **names)
        words = {
            branch.name: tuple(_words(one.inputs[branch.name]) for one in shown)
            for branch in request.architecture.data_inputs
            if branch.cardinality
        }
        heads = (head.name for head in request.architecture.heads)
        return words, {name: tuple(one.labels[name] for one in shown) for name in heads}

    def _attention(self, node: Node, values: Mapping[str, Array]) -> Array:
        layer = self._run.blueprint.model.get_layer(node.keras_name)
        return attention_scores(layer, node, values)


class EpochXrays:
    """X-rays during the training of one model. An error ends the X-rays, never the training."""

    def __init__(self, model: RunModel) -> None:
        self._camera = XrayCamera(model)
        planned = model.request.settings.epochs
        due = np.geomspace(1, planned, min(EPOCHS, planned)).round()
        self._due = {int(epoch) for epoch in due} - {planned}
        self._start, self._spent, self._last = time.perf_counter(), 0.0, 0.0
        self._given_up = costs_of(model.blueprint.graph).total.flops > MOST_FLOPS

    def after_epoch(self, epoch: int) -> Xrayed | None:
        """Take the X-ray after an epoch, if one is due and there is time."""
        allowed = max(RUN_SECONDS, SHARE * (time.perf_counter() - self._start))
        if epoch not in self._due or self._spent + self._last > allowed:
            return None
        return self._take_xray(epoch, whole=False)

    def at_pause(self, epoch: int) -> Xrayed | None:
        """Take the X-ray of a paused run, unless the epoch has one.

        It is then deleted, so the run keeps the same X-rays as without a pause.
        """
        if self._camera.has(epoch):
            return None
        spent = self._spent
        taken = self._take_xray(epoch, whole=False)
        self._camera.forget_from(epoch)
        self._spent = spent
        return taken

    def at_end(self, epoch: int, stopped: bool) -> Xrayed | None:
        """Return the X-ray of all epochs, with the trained model as the last.

        If there is no time for that, it is empty, which ends those of earlier epochs; `None` if
        there were none.
        """
        is_quick = self._last <= (STOPPED_SECONDS if stopped else END_SECONDS)
        has_time = is_quick and (self._last > 0 or not stopped)
        taken = self._take_xray(epoch, whole=True) if has_time else None
        return taken or (Xrayed(xray="") if self._last else None)

    def keep(self) -> object:
        elapsed = time.perf_counter() - self._start
        return self._camera.keep(), elapsed, self._spent, self._last, self._given_up

    def restore(self, kept: Any) -> None:
        records, elapsed, self._spent, self._last, self._given_up = kept
        self._camera.restore(records)
        self._start -= elapsed

    def _take_xray(self, epoch: int, whole: bool) -> Xrayed | None:
        if self._given_up:
            return None
        stopwatch = Stopwatch()
        try:
            if whole:
                self._camera.forget_from(epoch)
            self._camera.record(epoch, whole)
            xray = self._camera.xray() if whole else self._camera.latest()
            return Xrayed(xray=xray.model_dump_json())
        except Exception as error:
            _log.warning("A model could not be X-rayed.", exc_info=error)
            self._given_up = True
            return None
        finally:
            self._last = stopwatch.seconds
            self._spent += self._last


def _rows(model: RunModel) -> Array:
    """Return rows of the dataset; displayed samples come first, from each class in turn."""
    held = model.split.held if len(model.split.held) else model.split.trained
    rows = np.random.default_rng(model.request.settings.seed).permutation(held)[:POINTS]
    head = model.request.architecture.heads[0]
    if head.target == "values":
        return rows
    labels = model.data.targets[head.name][rows, 0]
    turn = [int(np.sum(labels[:number] == label)) for number, label in enumerate(labels)]
    ordered: Array = rows[np.lexsort((labels, turn))]
    return ordered


def _has_source_gates(node: Node, merges: Mapping[str, Merge]) -> bool:
    """Return `True` if a gate layer has a gate for each source."""
    shape = [size or 1 for size in node.shape]
    return gates_by_source(node, np.zeros([1, *shape]), merges[node.group]) is not None


def _words(drawing: Drawing) -> tuple[str, ...]:
    if isinstance(drawing, Words):
        return tuple(drawing.words[:WORDS])
    return (drawing.text,) if isinstance(drawing, Label) else ()


def _readable(node: Node, tensor: Any) -> Any:
    """Reshape or average the output of a layer (N, ...) to a tensor (N, width) for a linear reader.

    Wide outputs are averaged over positions. `None` for ids and for outputs that are still too
    wide.
    """
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
    """Reduce an axis to at most `most` numbers: from neighbours, keep the one furthest from 0."""
    count = values.shape[axis]
    if count <= most:
        return values
    starts = np.arange(most) * count // most
    high, low = (join.reduceat(values, starts, axis) for join in (np.maximum, np.minimum))
    return np.where(high >= -low, high, low)


@needs_keras
def xray_kept(request: str, weights: bytes, epoch: int) -> str:
    """X-ray the kept model of a run's request, trained for `epoch` epochs; return JSON text.

    Raises the errors of loading the data.
    """
    camera = XrayCamera(kept_model(request, weights))
    camera.record(epoch)
    return camera.xray().model_dump_json()
