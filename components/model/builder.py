"""The single walk from a spec to a Blueprint: the Keras model and the record of its layers."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from components.core.errors import ShapeError, SpecError
from components.core.graph import Graph, Group
from components.core.recorder import Keras, Tensor, Written
from components.core.text import quoted, shape_text
from components.encoders.base import Form, any_mask
from components.encoders.shared import Shared
from components.heads.base import Head
from components.inputs.base import Input, encoders_for
from components.merges.base import KINDS, Merge
from components.model import fitting
from components.model.spec import TRUNK, Architecture, Trunk

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


@dataclass(frozen=True)
class Sketch:
    """What can be drawn of an architecture whose shapes do not fit: no model, and what is wrong.

    In the graph a failed node stands for each part that could not be built, and waiting ones for
    the parts that read it.
    """

    architecture: Architecture
    graph: Graph
    errors: tuple[SpecError, ...]


@dataclass(frozen=True)
class Merged:
    """What a merge has joined, as an encoder behind it sees it."""

    form: Form
    cardinality: int = 0


def build(architecture: Architecture) -> Blueprint:
    """A real functional model without weights, for viewing: any size, in milliseconds.

    The variables of a stateless build wait on a list of their thread, where the next ordinary call
    would make them all; so each build has a thread of its own, and the list dies with it.

    Raises `ShapeError` where ranks or widths do not fit, placed at the part it belongs to.
    """

    def weightless() -> Blueprint:
        import keras

        with keras.StatelessScope(initialize_variables=False):
            return _walk(architecture, PARTS)

    return _in_a_thread(weightless)


def sketch(architecture: Architecture) -> Sketch:
    """The valid parts of an architecture, and every place where shapes do not fit."""

    def weightless() -> Sketch:
        import keras

        with keras.StatelessScope(initialize_variables=False):
            walk = _Walk(architecture, forgiving=True)
            walk.all()
        return Sketch(architecture, walk.graph(), tuple(walk.errors))

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


class _Parts:
    """Parts of weightless models, read again by the models of later builds, in any thread.

    A change in one branch so leaves the layers of all others as they are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Written] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Written | None:
        """The part of that key, if it is still kept."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Hashable, written: Written) -> None:
        """Keep a part; the one unused for longest gives way."""
        with self._lock:
            self._found[key] = written
            if len(self._found) > self._most:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Forget all parts."""
        with self._lock:
            self._found.clear()


PARTS = _Parts(256)
"""The parts of all models this process has drawn."""


def _walk(spec: Architecture, parts: _Parts | None = None) -> Blueprint:
    start = time.perf_counter()
    import keras

    walk = _Walk(spec, parts=parts)
    inputs, outputs = walk.all()
    model = keras.Model(inputs, outputs, name=spec.name)
    walk.detach()
    return Blueprint(spec, model, walk.graph(), time.perf_counter() - start)


class _Walk:
    """One walk over an architecture. A forgiving one goes on where shapes do not fit."""

    def __init__(
        self, spec: Architecture, forgiving: bool = False, parts: _Parts | None = None
    ) -> None:
        self.spec = spec
        self.k = Keras(reserved=spec.names)
        self.tensors: dict[str, Tensor] = {}
        self.errors: list[SpecError] = []
        self.broken: dict[str, str] = {}
        """Parts that could not be built, with the node that stands for each."""
        self._forgiving = forgiving
        self._parts = parts
        self._keys: dict[str, Hashable] = {}
        """What stands for each part that can be read again, in the keys of those that read it."""
        self._read: list[Written] = []

    def detach(self) -> None:
        """Let the parts that are kept forget this model."""
        for part in self._read:
            part.detach()

    def all(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Write every part; the model's inputs and outputs by name."""
        inputs = self._branches()
        self._merges()
        self._trunk()
        return inputs, self._heads()

    def graph(self) -> Graph:
        """The record of what was written."""
        branches = {given.name: place for place, given in enumerate(self.spec.inputs)}
        nodes = sorted(self.k.nodes, key=lambda node: branches.get(node.group, len(branches)))
        return Graph(self.spec.name, tuple(nodes), tuple(_groups(self.spec)))

    def _branches(self) -> dict[str, Tensor]:
        spec, k = self.spec, self.k
        inputs: dict[str, Tensor] = {}
        lent = {i.encoder.branch for i in spec.inputs if isinstance(i.encoder, Shared)}
        shared_last = sorted(
            enumerate(spec.inputs), key=lambda item: isinstance(item[1].encoder, Shared)
        )
        for place, given in shared_last:
            encoder = given.encoder
            lender = (encoder.branch,) if isinstance(encoder, Shared) else ()
            alone = not lender and given.name not in lent

            def write(given: Input = given) -> tuple[Tensor, Tensor]:
                x = k.input(given)
                return x, given.encoder.features(k, x, given)

            with self._part(lender, given.name, encoder.title, ("inputs", place, "encoder")):
                made = self._once(given.name, given if alone else None, (), write)
                inputs[given.name], self.tensors[given.name] = made
        return {given.name: inputs[given.name] for given in spec.inputs if given.name in inputs}

    def _merges(self) -> None:
        for place, merge in self.spec.ordered_merges():
            with self._part(merge.sources, merge.name, merge.title, ("merges", place)):
                merge.contract.count(merge.title, merge.name, merge.sources)
                xs = [self.tensors[s] for s in merge.sources]

                def write(merge: Merge = merge, xs: list[Tensor] = xs) -> tuple[Tensor, ...]:
                    joined = _joined(self.k, merge, xs)
                    with _placed("then"):
                        return (_behind(self.k, merge, joined),)

                (self.tensors[merge.name],) = self._once(merge.name, merge, merge.sources, write)

    def _trunk(self) -> None:
        spec, k = self.spec, self.k
        source = spec.trunk_source
        if source is None:
            return
        if not spec.trunk.depth:
            if source in self.broken:
                self.broken[TRUNK] = self.broken[source]
            else:
                self.tensors[TRUNK] = self.tensors[source]
            return
        with self._part((source,), TRUNK, "Dense", (TRUNK, "depth")):
            x = self.tensors[source]
            _must_be_vector("The trunk", source, x)
            made = self._once(TRUNK, spec.trunk, (source,), lambda: (_dense(k, spec.trunk, x),))
            (self.tensors[TRUNK],) = made

    def _heads(self) -> dict[str, Tensor]:
        outputs: dict[str, Tensor] = {}
        for place, head in enumerate(self.spec.heads):
            with self._part((head.source,), head.name, "Dense", ("heads", place)):
                x = self.tensors[head.source]
                with _placed("source"):
                    _must_be_vector(f"Head `{head.name}`", head.source, x)

                def write(head: Head = head, x: Tensor = x) -> tuple[Tensor, ...]:
                    return (head.layers(self.k, x),)

                read = (self.spec.reads(head.source),)
                (outputs[head.name],) = self._once(head.name, head, read, write)
        return outputs

    def _once(
        self,
        name: str,
        part: Hashable | None,
        reads: tuple[str, ...],
        write: Callable[[], tuple[Tensor, ...]],
    ) -> tuple[Tensor, ...]:
        """What `write` gives, or gave for the same part on the same sources in an earlier build."""
        parts = self._parts
        if parts is None or part is None or any(source not in self._keys for source in reads):
            return write()
        key = (part, *(self._keys[source] for source in reads))
        written = parts.get(key)
        if written is None or not self.k.reuse(written):
            tensors, written = self.k.record_part(write)
            if written is None:
                return tensors
            parts.put(key, written)
        self._keys[name] = written.identity
        self._read.append(written)
        return written.tensors

    @contextmanager
    def _part(
        self, reads: tuple[str, ...], name: str, title: str, where: tuple[str | int, ...]
    ) -> Iterator[None]:
        """Write a part; where it cannot be built, and the walk forgives, a node stands for it."""
        self.k.start_group(name)
        try:
            with _placed(*where):
                yield
        except KeyError:
            if not any(source in self.broken for source in reads):
                raise
            self._stand_in(name, title, reads, "waiting", ())
        except SpecError as error:
            if not self._forgiving:
                raise
            self.errors.append(error)
            self._stand_in(name, title, reads or (name,), "failed", error.culprits or reads)

    def _stand_in(
        self,
        name: str,
        title: str,
        reads: tuple[str, ...],
        state: Literal["failed", "waiting"],
        culprits: tuple[str, ...],
    ) -> None:
        found = {source: self._end(source) for source in reads}
        ends = {source: end for source, end in found.items() if end is not None}
        wrong = tuple(ends[c] for c in culprits if c in ends) or tuple(ends.values())
        reason = str(self.errors[-1]) if state == "failed" else ""
        culprits = wrong if state == "failed" else ()
        self.broken[name] = self.k.placeholder(title, tuple(ends.values()), state, reason, culprits)

    def _end(self, source: str) -> str | None:
        """The node where a part ends as far as it was built; `None` where it has none."""
        if source in self.broken:
            return self.broken[source]
        if source in self.tensors:
            return self.k.id_of(self.tensors[source])
        return next((node.id for node in reversed(self.k.nodes) if node.group == source), None)


def _joined(k: Keras, merge: Merge, xs: list[Tensor]) -> Tensor:
    """The sources, fitted, checked, silenced where that is wanted, and joined."""
    xs = fitting.fitted(k, merge, xs)
    merge.contract.check(merge.title, merge.sources, [tuple(x.shape[1:]) for x in xs])
    if merge.source_dropout:
        xs = [_at_times(k, merge, name, x) for name, x in zip(merge.sources, xs, strict=True)]
    if merge.uses_masks:
        return merge.layers(k, xs)
    xs = [k.fill_padding(x) for x in xs]
    joined = merge.layers(k, xs)
    stepwise = len(joined.shape) == 3 and all(x.shape[:2] == joined.shape[:2] for x in xs)
    if stepwise and all(k.has_mask(x) for x in xs):
        k.set_mask(joined, lambda: any_mask(k, [k.mask(x) for x in xs]))
    return joined


def _dense(k: Keras, trunk: Trunk, x: Tensor) -> Tensor:
    for i in range(1, trunk.depth + 1):
        x = k.Dense(trunk.units, activation=trunk.activation, name=f"dense_{i}")(x)
        if trunk.dropout:
            x = k.Dropout(trunk.dropout, name=f"dropout_{i}")(x)
    return x


def _at_times(k: Keras, merge: Merge, name: str, x: Tensor) -> Tensor:
    """`x`, silenced as a whole in a share of the samples of training."""
    noise = (None, *(1 for _ in x.shape[1:]))
    layer = k.Dropout(merge.source_dropout, noise_shape=noise, name=f"drop_{name}")
    return k.copy_mask(layer(x), x)


def _behind(k: Keras, merge: Merge, x: Tensor) -> Tensor:
    """What was joined, behind the layers that the merge ends in."""
    encoder = merge.then
    form = _FORMS[len(x.shape) - 1]
    if encoder.depth and form not in encoder.takes:
        fits = [kind for kind in encoders_for(form) if kind != "shared"]
        raise ShapeError(
            f"Layers behind a merge must be able to read what it gives; a {KINDS[len(x.shape) - 1]}"
            f" goes through {quoted(fits)}.",
            f"{encoder.title} on {merge.name} {shape_text(tuple(x.shape[1:]))}",
            f"Choose `{fits[0]}`, or let it pass through.",
            ("kind",),
        )
    return encoder.features(k, x, Merged(form))


_FORMS: dict[int, Form] = {1: "vector", 2: "sequence", 3: "map"}


def _must_be_vector(reader: str, source: str, x: Tensor) -> None:
    shape = tuple(x.shape[1:])
    if len(shape) != 1:
        raise ShapeError(
            f"{reader} reads one vector for each sample.",
            f"{source} {shape_text(shape)}",
            "Give the branches an encoder of depth 1 or more, whose readout makes a vector, or "
            "the merge layers behind it that do.",
            culprits=(source,),
        )
    if None in shape:
        raise ShapeError(
            f"{reader} needs features of a known width.",
            f"{source} {shape_text(shape)}",
            "Give the input a length, or an encoder that reads any length.",
            culprits=(source,),
        )


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
