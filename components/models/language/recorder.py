"""`k`: keras.layers and keras.ops that name each layer and record each call."""

from __future__ import annotations

import inspect
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol

from components.base.errors import ShapeError
from components.models.language.graph import Call, Hidden, Node, NodeOutput, Shape

CONSTANTS = ("with", "and", "also")
"""Names for the constants in the call of an operation, in order."""


class Tensor(Protocol):
    """Symbolic tensor of Keras, with the batch as its first axis."""

    @property
    def shape(self) -> tuple[Any, ...]: ...


@dataclass(frozen=True)
class Inner:
    """A layer that is an argument of another one, such as the LSTM in a Bidirectional."""

    layer: str
    arguments: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.layer}({', '.join(f'{k}={v}' for k, v in self.arguments.items())})"


@dataclass
class _Notes:
    """Annotations of each new layer, and the layers that are called again instead."""

    group: str = ""
    reason: str = ""
    hidden: Hidden = ""
    title: str = ""
    replay: deque[tuple[Any, str, str]] | None = None


@dataclass(frozen=True)
class RecordedPart:
    """Layers of one part of a model, which another model can reuse.

    With an `error`, they are those before the one whose shape does not fit.
    """

    nodes: tuple[Node, ...]
    tensors: tuple[Tensor, ...]
    origins: tuple[tuple[str, Tensor], ...]
    operations: tuple[Any, ...]
    error: ShapeError | None = None
    identity: object = field(default_factory=object, compare=False)
    """Part of the cache key of parts that read these tensors.

    Another thread may build the same part.
    """

    @property
    def names(self) -> set[str]:
        """Names of its layers."""
        return {node.id for node in self.nodes}

    def detach(self) -> None:
        """Drop the references to its readers, which Keras keeps but never uses."""
        for operation in self.operations:
            operation._outbound_nodes.clear()


@dataclass
class _Mask:
    """A mask that is created at its first use, in the group of the tensor that it masks."""

    group: str
    make: Callable[[], Tensor]
    steps: Tensor | None = None
    column: Tensor | None = None


class Keras:
    """Makes real layers in the current group, and records them.

    `k.Dense(64, name="gate")(x)` makes `keras.layers.Dense(64, name="<group>_gate")`, calls it and
    records the call. Without a name the layer is named after its class; with an empty name, after
    the group. A layer is called as in Keras: with a tensor, a list, several tensors, or tensors by
    keyword. `k.ops` stands for `keras.ops`; `k.inner.LSTM(8)` is a layer to make another with.
    Names in `reserved` are only for layers with an empty name.

    Masks are explicit: `mask(x)` is a (batch, steps) tensor, true where `x` holds data, or `None`
    if all steps do. Code that makes `y` from `x` step by step calls `copy_mask(y, x)`.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        import keras

        self._keras = keras
        self.ops = _Ops(self)
        self.inner = _InnerLayers()
        self.nodes: list[Node] = []
        self._names = set(reserved)
        self._notes = _Notes()
        self._origin: dict[int, tuple[str, Tensor]] = {}
        self._layers: dict[str, list[tuple[Any, str, str]]] = {}
        self._masks: dict[int, _Mask] = {}
        self._presences: dict[int, Tensor] = {}
        self._outside: frozenset[str] = frozenset()
        self._clashed = False

    @property
    def group(self) -> str:
        """Group of the next layers."""
        return self._notes.group

    def start_group(self, group: str) -> None:
        """Start a group, to which the next layers belong."""
        self._notes.group = group

    def record_part(
        self, write: Callable[[], tuple[Tensor, ...]]
    ) -> tuple[tuple[Tensor, ...], RecordedPart | None]:
        """Return the tensors from `write`, and its layers if another model can reuse them.

        A part can't be reused if names in it were changed because of other parts, or if its last
        tensor has a mask. Raises the error of a part that can't be reused.
        """
        first, self._outside, self._clashed = len(self.nodes), frozenset(self._names), False
        tensors, error = tuple[Tensor, ...](), None
        try:
            tensors = write()
        except ShapeError as raised:
            error = raised
        nodes = tuple(self.nodes[first:])
        ids = {node.id for node in nodes}
        masked = bool(tensors) and self.has_mask(tensors[-1])
        if self._clashed or masked or any(node.group != self.group for node in nodes):
            if error is not None:
                raise error
            return tensors, None
        origins = tuple(o for o in self._origin.values() if o[0] in ids)
        operations = tuple(x._keras_history.operation for _, x in origins)  # type: ignore[attr-defined]
        kept = None if error is None else error.at()
        return tensors, RecordedPart(nodes, tensors, origins, operations, kept)

    def reuse(self, part: RecordedPart) -> bool:
        """Add the layers of another model's part. Return `False` if one of their names is taken."""
        if (part.names - {self.group}) & self._names:
            return False
        self.nodes.extend(part.nodes)
        self._names |= part.names
        self._origin.update({id(x): (name, x) for name, x in part.origins})
        return True

    @contextmanager
    def annotate(
        self, *, reason: str = "", hidden: Hidden = "", group: str = "", title: str = ""
    ) -> Iterator[None]:
        """Give new layers in the block this reason or title, hide them, or put them in a group."""
        before = self._notes
        self._notes = _Notes(
            group or before.group,
            reason or before.reason,
            hidden or before.hidden,
            title or before.title,
            before.replay,
        )
        try:
            yield
        finally:
            self._notes = before

    def start_shareable(self) -> None:
        """Let a later `replay` of the current group begin with the next layer."""
        self._layers[self.group] = []

    @contextmanager
    def replay(self, group: str) -> Iterator[None]:
        """Call the layers of a finished group again, in their order, instead of making new ones."""
        self._notes.replay = deque(self._layers.get(group, ()))
        try:
            yield
        finally:
            self._notes.replay = None

    def id_of(self, x: Tensor) -> str:
        """Return the id of the node that returned the tensor."""
        return self._origin[id(x)][0]

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensor of each node, by its id."""
        return dict(self._origin.values())

    def input(self, name: str, shape: Shape, dtype: str, group: str = "") -> Tensor:
        """Add a model input, which starts a group of its name unless it belongs to another."""
        self.start_group(group or name)
        x: Tensor = self._keras.Input(shape, dtype=dtype, name=name)
        self._record(name, x._keras_history.operation, (), x)  # type: ignore[attr-defined]
        return x

    def placeholder(
        self,
        title: str,
        sources: tuple[str, ...],
        state: Literal["failed", "waiting"],
        reason: str,
        culprits: tuple[str, ...],
    ) -> str:
        """Record a node for a part that could not be built, and return its id."""
        is_taken = any(node.id == self.group for node in self.nodes)
        id = self._free_name(f"{self.group}_{state}") if is_taken else self.group
        self.nodes.append(
            Node(
                id, title, id, self.group, sources, (), "float32", 0,
                reason=reason, state=state, culprits=culprits
            )
        )  # fmt: skip
        return id

    def set_mask(self, x: Tensor, make: Callable[[], Tensor]) -> Tensor:
        """Return `x` with a mask that `make` builds at its first use."""
        self._masks[id(x)] = _Mask(self.group, make)
        return x

    def copy_mask(self, y: Tensor, x: Tensor) -> Tensor:
        """Return `y`, with the mask of `x`."""
        if id(x) in self._masks:
            self._masks[id(y)] = self._masks[id(x)]
        return y

    def has_mask(self, x: Tensor) -> bool:
        """Return `True` if some steps of `x` may hold no data."""
        return id(x) in self._masks

    def mask(self, x: Tensor) -> Tensor | None:
        """Return (batch, steps), true where a step holds data; `None` if all of them do."""
        mask = self._masks.get(id(x))
        if mask is None:
            return None
        if mask.steps is None:
            with self.annotate(hidden="mask", group=mask.group):
                mask.steps = mask.make()
        return mask.steps

    def mask_column(self, x: Tensor) -> Tensor | None:
        """Return the mask as (batch, steps, 1), to be multiplied with the features, or `None`."""
        steps = self.mask(x)
        if steps is None:
            return None
        mask = self._masks[id(x)]
        if mask.column is None:
            with self.annotate(hidden="mask", group=mask.group):
                mask.column = self.ops.expand_dims(steps, -1)
        return mask.column

    def set_presence(self, x: Tensor, there: Tensor) -> None:
        """Record which samples have `x`, as a tensor (1,) of 1 and 0."""
        self._presences[id(x)] = there

    def presence(self, x: Tensor) -> Tensor | None:
        """Return 1 for a sample that has `x`, else 0, (1,); `None` if all samples do."""
        return self._presences.get(id(x))

    def fill_padding(self, x: Tensor, value: float = 0.0) -> Tensor:
        """Replace all steps of `x` that hold no data by `value`."""
        column = self.mask_column(x)
        if column is None:
            return x
        with self.annotate(hidden="bypass"):
            return self.copy_mask(self.ops.where(column, x, value), x)

    def __getattr__(self, layer: str) -> Callable[..., Callable[..., Tensor]]:
        layer_class = getattr(self._keras.layers, layer)

        def make(*args: Any, name: str | None = None, **kwargs: Any) -> Callable[..., Tensor]:
            arguments = _bound(layer_class, args, kwargs)
            suffix = snake(layer) if name is None else name
            if self._notes.replay is not None:
                instance, origin, suffix = self._notes.replay.popleft()
                id = self._free_name(f"{self.group}_{suffix}")
                return self._caller(instance, id, arguments, origin)
            id = self._free_name(f"{self.group}_{suffix}") if suffix else self.group
            instance = layer_class(**self._real(arguments, id), name=id)
            self._layers.setdefault(self.group, []).append((instance, id, suffix))
            return self._caller(instance, id, arguments, None)

        return make

    def _real(self, arguments: Mapping[str, Any], id: str) -> dict[str, Any]:
        """Return the arguments with real inner layers, named after the layer that holds them."""

        def real(value: Any) -> Any:
            if not isinstance(value, Inner):
                return value
            layer_class = getattr(self._keras.layers, value.layer)
            return layer_class(**value.arguments, name=f"{id}_{snake(value.layer)}")

        return {key: real(value) for key, value in arguments.items()}

    def _caller(
        self, layer: Any, id: str, arguments: Mapping[str, Any], origin: str | None
    ) -> Callable[..., Tensor]:
        calls: list[str] = []

        def call(*xs: Any, **named: Any) -> Tensor:
            inputs = [list(x) if isinstance(x, list | tuple) else x for x in xs]
            named = {key: value for key, value in named.items() if value is not None}
            out: Tensor = layer(*inputs, **named)
            first_call = origin or (calls[0] if calls else None)
            name = self._free_name(id) if calls else id
            calls.append(name)
            flat = [t for x in inputs for t in (x if isinstance(x, list) else [x])]
            self._record(
                name,
                layer,
                [*flat, *named.values()],
                out,
                arguments,
                parameters=0 if first_call else layer.count_params(),
                shares=first_call,
                config=cost_config(layer),
                call=self._call("", inputs, named),
            )
            return out

        return call

    def _operate(self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        flat: list[Any] = []
        for arg in args:
            listed = isinstance(arg, list | tuple) and any(id(x) in self._origin for x in arg)
            flat.extend(arg if listed else [arg])
        xs = [arg for arg in flat if id(arg) in self._origin]
        out: Tensor = getattr(self._keras.ops, function)(*args, **kwargs)
        if id(out) in self._origin:
            return out
        operation = out._keras_history.operation  # type: ignore[attr-defined]
        rest = [arg for arg in flat if id(arg) not in self._origin]
        arguments = {**dict(zip(CONSTANTS, rest, strict=False)), **kwargs}
        name = self._free_name(f"{self.group}_{function}")
        operation.name = name
        call = self._call(function, args, kwargs)
        self._record(name, operation, xs, out, arguments, operation=True, call=call)
        return out

    def _call(self, function: str, args: Iterable[Any], named: Mapping[str, Any]) -> Call:
        """Return the record of a call, with ids instead of tensors."""

        def by_id(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return type(value)(map(by_id, value))
            known = self._origin.get(id(value))
            return NodeOutput(known[0]) if known and known[1] is value else value

        return Call(
            function, tuple(map(by_id, args)), {key: by_id(value) for key, value in named.items()}
        )

    def _record(
        self,
        name: str,
        called: Any,
        xs: Iterable[Tensor],
        out: Tensor,
        arguments: Mapping[str, Any] | None = None,
        parameters: int = 0,
        **more: Any,
    ) -> None:
        """Record the node for the call of a layer or an operation."""
        sources = tuple(self.id_of(x) for x in xs)
        self._origin[id(out)] = (name, out)
        self.nodes.append(
            Node(
                id=name,
                layer=type(called).__name__,
                keras_name=called.name,
                group=self.group,
                sources=sources,
                shape=tuple(out.shape[1:]),
                dtype=str(out.dtype),  # type: ignore[attr-defined]
                parameters=parameters,
                arguments=dict(arguments or {}),
                reason=self._notes.reason,
                hidden=self._notes.hidden,
                title=self._notes.title,
                **more,
            )
        )

    def _free_name(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self._names:
            self._clashed |= name in self._outside
            count += 1
            name = f"{wanted}_{count}"
        self._names.add(name)
        return name


class _Ops:
    """`keras.ops` whose symbolic calls are named and recorded like layers."""

    def __init__(self, k: Keras) -> None:
        self._k = k

    def __getattr__(self, function: str) -> Callable[..., Tensor]:
        return lambda *args, **kwargs: self._k._operate(function, args, kwargs)


class _InnerLayers:
    """Layers that are arguments of other layers; they are neither called nor recorded."""

    def __getattr__(self, layer: str) -> Callable[..., Inner]:
        def make(*args: Any, **kwargs: Any) -> Inner:
            import keras

            return Inner(layer, _bound(getattr(keras.layers, layer), args, kwargs))

        return make


@cache
def _signature(layer_class: type) -> inspect.Signature:
    return inspect.signature(layer_class)


def _bound(layer_class: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    bound = _signature(layer_class).bind(*args, **kwargs).arguments
    return {
        **{key: value for key, value in bound.items() if key != "kwargs"},
        **bound.get("kwargs", {}),
    }


_COST_FIELDS = (
    "use_bias", "kernel_size", "strides", "pool_size", "units", "reset_after", "num_heads",
    "key_dim", "value_dim", "depth_multiplier", "groups", "filters", "equation"
)  # fmt: skip


FACTS, INNER = "facts", "inner"
"""Keys of what only costs depend on, and within it of the layers that a layer contains."""
_FACT_FIELDS = (
    "activation", "recurrent_activation", "bias_axes", "data_format", "dropout", "head_dim",
    "interpolation", "logit_soft_cap", "merge_mode", "normalize", "num_key_value_heads",
    "num_query_heads", "return_sequences", "score_mode", "use_gate", "use_scale"
)  # fmt: skip
_INNER_FIELDS = ("layer", "forward_layer", "backward_layer", "cell", "cells")


def cost_config(layer: Any) -> dict[str, Any]:
    """Return the arguments of a layer that its costs depend on; `FACTS` are in no picture."""
    config = {key: getattr(layer, key) for key in _COST_FIELDS if hasattr(layer, key)}
    if not _is_of_keras(layer):
        return config
    facts = {key: _fact(getattr(layer, key)) for key in _FACT_FIELDS if hasattr(layer, key)}
    held = [getattr(layer, key) for key in _INNER_FIELDS if hasattr(layer, key)]
    inner = [part for each in held for part in (each if isinstance(each, list) else [each])]
    facts[INNER] = [(type(i).__name__ * _is_of_keras(i), cost_config(i)) for i in inner]
    return {**config, FACTS: facts}


def _is_of_keras(layer: Any) -> bool:
    return type(layer).__module__.startswith("keras.")


def _fact(value: Any) -> Any:
    """Return a fact as a plain value, and a function or layer as its name."""
    if isinstance(value, str | int | float | None):
        return value
    return getattr(value, "__name__", "") or type(value).__name__


def snake(name: str) -> str:
    """Convert a name to snake case: `MaxPooling2D` -> `max_pooling2d`."""
    parted = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()
