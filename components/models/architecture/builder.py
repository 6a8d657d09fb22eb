"""Single walk from an architecture to a Blueprint: the Keras model and the record of its layers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from components.base.errors import ShapeError, SpecError
from components.base.text import quoted, size_text
from components.models.architecture import fitting
from components.models.architecture.architecture import TRUNK, Architecture, Trunk, build_order
from components.models.architecture.part_cache import PARTS, PartCache, PartReuse
from components.models.encoders.base import Form
from components.models.encoders.shared import Shared
from components.models.heads.base import Head
from components.models.inputs.base import Input, encoders_for, presence
from components.models.language.blocks import activation_at, any_mask, any_present, per_layer
from components.models.language.graph import Graph, Group
from components.models.language.recorder import Keras, Tensor
from components.models.merges.base import KINDS, Merge

if TYPE_CHECKING:
    import keras

T = TypeVar("T")


@dataclass(frozen=True)
class Blueprint:
    """Result of a build: the Keras model, the graph of its layers, and its time in seconds.

    `tensors` has the symbolic output of each node of the graph.
    """

    architecture: Architecture
    model: keras.Model
    graph: Graph
    seconds: float
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True)
class Sketch:
    """Drawable parts of an architecture whose shapes don't fit, and its errors. No model.

    In the graph, a failed node stands for each part that could not be built, and a waiting node for
    each part that reads it.
    """

    architecture: Architecture
    graph: Graph
    errors: tuple[SpecError, ...]


@dataclass(frozen=True)
class MergeOutput:
    """Output of a merge, as the encoder after it reads it."""

    form: Form
    cardinality: int = 0


def build(architecture: Architecture) -> Blueprint:
    """Return a real functional model without weights, for viewing: any size, in milliseconds.

    Raises `ShapeError` if ranks or widths don't fit, located at the part it belongs to.
    """
    return weightless(lambda: _walk(architecture, PARTS))


def sketch(architecture: Architecture) -> Sketch:
    """Return the valid parts of an architecture, and all its shape errors."""

    def draw() -> Sketch:
        walk = _Walk(architecture, forgiving=True, cache=PARTS)
        walk.all()
        walk.parts.detach()
        return Sketch(architecture, walk.graph(), tuple(walk.errors))

    return weightless(draw)


def build_with_weights(architecture: Architecture) -> Blueprint:
    """Return the model with its weights, built in the calling thread, for training.

    Raises what `build` raises. Call it in a process that has built nothing before, so that Keras's
    names start at their first number.
    """
    return _walk(architecture)


def compile_arguments(architecture: Architecture) -> dict[str, dict[str, Any]]:
    """Return `loss`, `loss_weights` and `metrics` by head, for `Model.compile`."""
    heads = architecture.heads
    return {
        "loss": {head.name: head.loss for head in heads},
        "loss_weights": {head.name: head.loss_weight for head in heads},
        "metrics": {head.name: list(head.metrics) for head in heads},
    }


def _walk(architecture: Architecture, cache: PartCache | None = None) -> Blueprint:
    start = time.perf_counter()
    import keras

    walk = _Walk(architecture, cache=cache)
    inputs, outputs = walk.all()
    model = keras.Model(inputs, outputs, name=architecture.name)
    walk.parts.detach()
    return Blueprint(
        architecture, model, walk.graph(), time.perf_counter() - start, walk.k.tensors()
    )


class _Walk:
    """Walk over an architecture. A forgiving walk continues after an error."""

    def __init__(
        self, architecture: Architecture, forgiving: bool = False, cache: PartCache | None = None
    ) -> None:
        self.architecture = architecture
        self.k = Keras(reserved={*architecture.names, *architecture.model_inputs})
        self.tensors: dict[str, Tensor] = {}
        self.presences: dict[str, tuple[Tensor, ...]] = {}
        """Presences by branch that may lack its input, and by merge of only such branches.

        A presence is 1 for a sample that has the input, else 0.
        """
        self.errors: list[SpecError] = []
        self.broken: dict[str, str] = {}
        """Placeholders of the parts that could not be built."""
        self.parts = PartReuse(self.k, cache)
        self._forgiving = forgiving

    def all(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Write all parts; return the model's inputs and outputs by name."""
        inputs = self._branches()
        self._merges()
        self._trunk()
        return inputs, self._heads()

    def graph(self) -> Graph:
        """Return the graph of all written parts."""
        order = {branch.name: index for index, branch in enumerate(self.architecture.inputs)}
        positions = {
            branch.name: (max(index, order.get(branch.reads, 0)), bool(branch.reads))
            for index, branch in enumerate(self.architecture.inputs)
        }
        nodes = sorted(
            self.k.nodes, key=lambda node: positions.get(node.group, (len(order), False))
        )
        return Graph(self.architecture.name, tuple(nodes), tuple(_groups(self.architecture)))

    def _branches(self) -> dict[str, Tensor]:
        architecture = self.architecture
        inputs: dict[str, Tensor] = {}
        own: dict[str, tuple[Tensor, ...]] = {}
        lenders = {i.encoder.branch for i in architecture.inputs if isinstance(i.encoder, Shared)}
        lenders |= {i.reads for i in architecture.inputs}
        in_order = sorted(enumerate(architecture.inputs), key=lambda item: build_order(item[1]))
        for index, branch in in_order:
            encoder = branch.encoder
            shared = encoder.branch if isinstance(encoder, Shared) else ""
            reads = tuple(name for name in (shared, branch.reads) if name)
            reusable = None if reads or branch.name in lenders else branch

            def write(branch: Input = branch) -> tuple[Tensor, ...]:
                tensors = own[branch.reads] if branch.reads else branch.tensors(self.k)
                return (*tensors, self._features(branch, tensors[-1]))

            with self._part(reads, branch.name, encoder.title, ("inputs", index, "encoder")):
                *tensors, features = self.parts.write_once(branch.name, reusable, (), write)
                own[branch.name], self.tensors[branch.name] = tuple(tensors), features
                inputs.setdefault(branch.reads or branch.name, tensors[0])
                if len(tensors) > 1:
                    self.presences[branch.name] = (tensors[2],)
                    inputs.setdefault(presence(branch.reads or branch.name), tensors[1])
        return {name: inputs[name] for name in architecture.model_inputs if name in inputs}

    def _features(self, branch: Input, x: Tensor) -> Tensor:
        """Return the features of a branch: its own layers, or those of the branch it shares."""
        encoder = branch.encoder
        if not isinstance(encoder, Shared):
            self.k.start_shareable()
            features = encoder.features(self.k, x, branch)
            if branch.reads and features is x:
                return self.k.copy_mask(self.k.Identity(name="same")(x), x)
            return features
        lender = next(i for i in self.architecture.inputs if i.name == encoder.branch)
        with self.k.replay(lender.name):
            return lender.encoder.features(self.k, x, lender)

    def _merges(self) -> None:
        for index, merge in self.architecture.ordered_merges():
            with self._part(merge.sources, merge.name, merge.title, ("merges", index)):
                merge.contract.count(merge.title, merge.name, merge.sources)
                xs = [self.tensors[s] for s in merge.sources]
                there = [self.presences.get(s, ()) for s in merge.sources]
                if all(there):
                    each = {id(one): one for of in there for one in of}
                    self.presences[merge.name] = tuple(each.values())

                def write(
                    merge: Merge = merge,
                    xs: list[Tensor] = xs,
                    there: list[tuple[Tensor, ...]] = there,
                ) -> tuple[Tensor, ...]:
                    joined = join_sources(self.k, merge, xs, there)
                    with _located("then"):
                        return (_after(self.k, merge, joined),)

                (self.tensors[merge.name],) = self.parts.write_once(
                    merge.name, merge, merge.sources, write
                )

    def _trunk(self) -> None:
        architecture, k = self.architecture, self.k
        source = architecture.trunk_source
        if source is None:
            return
        if not architecture.trunk.depth:
            if source in self.broken:
                self.broken[TRUNK] = self.broken[source]
            else:
                self.tensors[TRUNK] = self.tensors[source]
            return
        with self._part((source,), TRUNK, "Dense", (TRUNK, "depth")):
            x = self.tensors[source]
            _require_vector("The trunk", source, x)
            (self.tensors[TRUNK],) = self.parts.write_once(
                TRUNK, architecture.trunk, (source,), lambda: (_dense(k, architecture.trunk, x),)
            )

    def _heads(self) -> dict[str, Tensor]:
        outputs: dict[str, Tensor] = {}
        for index, head in enumerate(self.architecture.heads):
            with self._part((head.source,), head.name, "Dense", ("heads", index)):
                x = self.tensors[head.source]
                with _located("source"):
                    _require_vector(f"Head `{head.name}`", head.source, x)

                def write(head: Head = head, x: Tensor = x) -> tuple[Tensor, ...]:
                    return (head.layers(self.k, x),)

                read = (self.architecture.reads(head.source),)
                (outputs[head.name],) = self.parts.write_once(head.name, head, read, write)
        return outputs

    @contextmanager
    def _part(
        self, reads: tuple[str, ...], name: str, title: str, where: tuple[str | int, ...]
    ) -> Iterator[None]:
        """Write a part. In a sketch, a placeholder replaces a part that can't be built."""
        self.k.start_group(name)
        try:
            with _located(*where):
                yield
        except KeyError:
            if not any(source in self.broken for source in reads):
                raise
            self._placeholder(name, title, reads, "waiting", ())
        except SpecError as error:
            if not self._forgiving:
                raise
            self.errors.append(error)
            self._placeholder(name, title, reads or (name,), "failed", error.culprits or reads)

    def _placeholder(
        self,
        name: str,
        title: str,
        reads: tuple[str, ...],
        state: Literal["failed", "waiting"],
        culprits: tuple[str, ...],
    ) -> None:
        ends = {source: end for source in reads if (end := self._end(source)) is not None}
        reason, wrong = "", tuple[str, ...]()
        if state == "failed":
            reason = str(self.errors[-1])
            wrong = tuple(ends[c] for c in culprits if c in ends) or tuple(ends.values())
        self.broken[name] = self.k.placeholder(title, tuple(ends.values()), state, reason, wrong)

    def _end(self, source: str) -> str | None:
        """Return the last node of a part that was built; `None` if it has no node."""
        if source in self.broken:
            return self.broken[source]
        if source in self.tensors:
            return self.k.id_of(self.tensors[source])
        return next((node.id for node in reversed(self.k.nodes) if node.group == source), None)


def join_sources(
    k: Keras, merge: Merge, xs: list[Tensor], there: Sequence[tuple[Tensor, ...]] = ()
) -> Tensor:
    """Fit and check the sources, drop some in training, and join them by the merge.

    `there` has the presences of the inputs in each source; none if every sample has it.
    """
    xs = fitting.fitted_sources(k, merge, xs)
    merge.contract.check(merge.title, merge.sources, [tuple(x.shape[1:]) for x in xs])
    if merge.source_dropout:
        xs = [_drop_source(k, merge, name, x) for name, x in zip(merge.sources, xs, strict=True)]
    if not merge.uses_masks:
        xs = [k.fill_padding(x) for x in xs]
    if merge.leaves_out:
        for x, inputs in zip(xs, there, strict=False):
            if inputs:
                k.set_presence(x, any_present(k, inputs))
    if merge.uses_masks:
        return merge.layers(k, xs)
    joined = merge.layers(k, xs)
    stepwise = len(joined.shape) == 3 and all(x.shape[:2] == joined.shape[:2] for x in xs)
    if stepwise and all(k.has_mask(x) for x in xs):
        k.set_mask(joined, lambda: any_mask(k, [k.mask(x) for x in xs]))
    return joined


def _dense(k: Keras, trunk: Trunk, x: Tensor) -> Tensor:
    widths = per_layer(trunk.units, trunk.depth, "units")
    for i, units in enumerate(widths, start=1):
        activation = activation_at(i, trunk.depth, trunk.activation, trunk.last_activation)
        x = k.Dense(units, activation=activation, name=f"dense_{i}")(x)
        if trunk.dropout:
            x = k.Dropout(trunk.dropout, name=f"dropout_{i}")(x)
    return x


def _drop_source(k: Keras, merge: Merge, name: str, x: Tensor) -> Tensor:
    """Set `x` to zero as a whole for a share of the training samples."""
    noise = (None, *(1 for _ in x.shape[1:]))
    layer = k.Dropout(merge.source_dropout, noise_shape=noise, name=f"drop_{name}")
    return k.copy_mask(layer(x), x)


def _after(k: Keras, merge: Merge, x: Tensor) -> Tensor:
    """Return the layers after the merge, applied to its output."""
    encoder = merge.then
    form = KINDS[len(x.shape) - 1]
    if encoder.depth and form not in encoder.takes:
        fits = [kind for kind in encoders_for(form) if kind != "shared"]
        raise ShapeError(
            f"{encoder.title} can't read the output of `{merge.name}`, a {form}. It can be "
            f"read by {quoted(fits)}.",
            merge.name,
            f"Choose `{fits[0]}` or `passthrough`.",
            ("kind",),
        )
    return encoder.features(k, x, MergeOutput(form))


def _require_vector(reader: str, source: str, x: Tensor) -> None:
    shape = tuple(x.shape[1:])
    if len(shape) != 1:
        raise ShapeError(
            f"{reader} can only read one vector per sample.",
            f"{source} {size_text(shape)}",
            "Give the branches an encoder of depth 1 or more whose readout makes a vector, or add "
            "layers after the merge that do.",
            culprits=(source,),
        )
    if None in shape:
        raise ShapeError(
            f"{reader} needs features of a known width.",
            f"{source} {size_text(shape)}",
            "Set the input's length, or choose an encoder that reads any length.",
            culprits=(source,),
        )


def _groups(architecture: Architecture) -> Iterator[Group]:
    for index, branch in enumerate(architecture.inputs):
        note = f"reads {branch.reads}" if branch.reads else branch.title
        yield Group(branch.name, "branch", branch.label or branch.name, index, note)
    for merge in architecture.merges:
        yield Group(merge.name, "merge", merge.name, 0, merge.title)
    if architecture.trunk.depth:
        yield Group(TRUNK, "trunk", TRUNK, 0)
    for head in architecture.heads:
        yield Group(head.name, "head", head.name, 0, head.loss)


@contextmanager
def _located(*where: str | int) -> Iterator[None]:
    try:
        yield
    except SpecError as error:
        raise error.at(*where) from None


def weightless(work: Callable[[], T]) -> T:
    """Run a build without creating weights, in a thread of its own, and return its result.

    Keras keeps the variables of a stateless build on a list of the thread, and the next ordinary
    call creates them all: the list ends with the thread.
    """
    import keras

    future: Future[T] = Future()

    def run() -> None:
        try:
            with keras.StatelessScope(initialize_variables=False):
                future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    thread = threading.Thread(target=run, name="build")
    thread.start()
    thread.join()
    return future.result()
