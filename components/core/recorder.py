"""`k`: keras.layers and keras.ops that name what they make and record each call."""

from __future__ import annotations

import inspect
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

from components.core.graph import Call, Node, NodeOutput

if TYPE_CHECKING:
    from components.inputs.base import Input


class Tensor(Protocol):
    """A symbolic tensor of Keras, with the batch as its first axis."""

    @property
    def shape(self) -> tuple[Any, ...]: ...


@dataclass(frozen=True)
class Inner:
    """A layer that another one is made with, such as the LSTM in a Bidirectional."""

    layer: str
    arguments: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.layer}({', '.join(f'{k}={v}' for k, v in self.arguments.items())})"


@dataclass
class _Mask:
    """A mask that is made when it is first asked for, in the group of what it masks."""

    group: str
    make: Callable[[], Tensor]
    steps: Tensor | None = None
    column: Tensor | None = None


@dataclass
class _State:
    """What the layers being written belong to, and why they are there."""

    group: str = ""
    reason: str = ""
    hidden: Literal["", "mask", "bypass"] = ""
    replay: deque[tuple[Any, str, str]] | None = field(default=None)


@dataclass(frozen=True)
class Written:
    """The layers of one part, as they can be read again by another model."""

    nodes: tuple[Node, ...]
    tensors: tuple[Tensor, ...]
    origins: tuple[tuple[str, Tensor], ...]
    operations: tuple[Any, ...]
    identity: object = field(default_factory=object, compare=False)
    """What parts that read these very tensors are kept by: another thread may write the same."""

    @property
    def names(self) -> set[str]:
        """The names its layers have taken."""
        return {node.id for node in self.nodes}

    def detach(self) -> None:
        """Forget what reads it. Keras notes that on every operation, and never looks at it."""
        for operation in self.operations:
            operation._outbound_nodes.clear()


class Keras:
    """Makes real layers in the group being written, and keeps the record.

    `k.Dense(64, name="gate")(x)` makes `keras.layers.Dense(64, name="<group>_gate")`, calls it and
    records the call. Without a name the layer's class gives one; with an empty name the group does.
    A layer is called as Keras calls it: with a tensor, a list, several tensors, or tensors by
    keyword. `k.ops` stands for `keras.ops`; `k.inner.LSTM(8)` is a layer to make another with.
    Names in `reserved` are never given to a layer of another name.

    Masks are explicit: `k.mask(x)` is a (batch, steps) tensor, true where `x` holds data, or `None`
    where all of it does. Who makes `y` of `x` step by step says so by `k.copy_mask(y, x)`.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        import keras

        self._keras = keras
        self.ops = _Ops(self)
        self.inner = _Inners()
        self.nodes: list[Node] = []
        self._names = set(reserved)
        self._now = _State()
        self._origin: dict[int, tuple[str, Tensor]] = {}
        self._made: dict[str, list[tuple[Any, str, str]]] = {}
        self._branches: dict[str, Input] = {}
        self._masks: dict[int, _Mask] = {}
        self._outside: frozenset[str] = frozenset()
        self._clashed = False

    def start_group(self, group: str) -> None:
        """Start the layers of a group."""
        self._now.group = group

    def record_part(
        self, write: Callable[[], tuple[Tensor, ...]]
    ) -> tuple[tuple[Tensor, ...], Written | None]:
        """What `write` gives, and its layers to read again, where nothing else depends on them.

        Those whose names gave way to others, and whose last tensor has a mask, are not to be read
        again.
        """
        first, self._outside, self._clashed = len(self.nodes), frozenset(self._names), False
        tensors = write()
        nodes = tuple(self.nodes[first:])
        made = {node.id for node in nodes}
        if self._clashed or self.has_mask(tensors[-1]):
            return tensors, None
        if any(node.group != self._now.group for node in nodes):
            return tensors, None
        origins = tuple(o for o in self._origin.values() if o[0] in made)
        operations = tuple(x._keras_history.operation for _, x in origins)  # type: ignore[attr-defined]
        return tensors, Written(nodes, tensors, origins, operations)

    def reuse(self, written: Written) -> bool:
        """Take over layers written for another model. Says whether their names are free here."""
        if (written.names - {self._now.group}) & self._names:
            return False
        self.nodes.extend(written.nodes)
        self._names |= written.names
        self._origin.update({id(x): (name, x) for name, x in written.origins})
        return True

    @contextmanager
    def annotate(
        self, *, reason: str = "", hidden: Literal["", "mask", "bypass"] = "", group: str = ""
    ) -> Iterator[None]:
        """What is written meanwhile has that reason, is hidden in pictures, or is of that group."""
        before = self._now
        self._now = _State(
            group or before.group, reason or before.reason, hidden or before.hidden, before.replay
        )
        try:
            yield
        finally:
            self._now = before

    def id_of(self, x: Tensor) -> str:
        """The id of the node that gave the tensor."""
        return self._origin[id(x)][0]

    def set_mask(self, x: Tensor, make: Callable[[], Tensor]) -> Tensor:
        """`x`, whose mask `make` gives as soon as someone asks for it."""
        self._masks[id(x)] = _Mask(self._now.group, make)
        return x

    def copy_mask(self, y: Tensor, x: Tensor) -> Tensor:
        """`y`, whose steps hold data where those of `x` do."""
        if id(x) in self._masks:
            self._masks[id(y)] = self._masks[id(x)]
        return y

    def has_mask(self, x: Tensor) -> bool:
        """Whether some steps of `x` may hold no data."""
        return id(x) in self._masks

    def mask(self, x: Tensor) -> Tensor | None:
        """(batch, steps), true where a step holds data; `None` where all of them do."""
        found = self._masks.get(id(x))
        if found is None:
            return None
        if found.steps is None:
            with self.annotate(hidden="mask", group=found.group):
                found.steps = found.make()
        return found.steps

    def mask_column(self, x: Tensor) -> Tensor | None:
        """The mask as (batch, steps, 1), to be laid over the features."""
        steps = self.mask(x)
        if steps is None:
            return None
        found = self._masks[id(x)]
        if found.column is None:
            with self.annotate(hidden="mask", group=found.group):
                found.column = self.ops.expand_dims(steps, -1)
        return found.column

    def fill_padding(self, x: Tensor, value: float = 0.0) -> Tensor:
        """`x` with `value` at all steps that hold no data."""
        column = self.mask_column(x)
        if column is None:
            return x
        with self.annotate(hidden="bypass"):
            return self.copy_mask(self.ops.where(column, x, value), x)

    def input(self, given: Input) -> Tensor:
        """A model input named as its branch, which the layers to come belong to."""
        self.start_group(given.name)
        self._branches[given.name] = given
        x: Tensor = self._keras.Input(given.shape, dtype=given.dtype, name=given.name)
        self._record(given.name, "InputLayer", given.name, (), x, 0)
        return self.set_mask(x, lambda: given.steps(self, x)) if given.padded else x

    def placeholder(
        self,
        title: str,
        sources: tuple[str, ...],
        state: Literal["failed", "waiting"],
        reason: str,
        culprits: tuple[str, ...],
    ) -> str:
        """Record a node for a part that could not be built; its id."""
        taken = any(node.id == self._now.group for node in self.nodes)
        wanted = f"{self._now.group}_{state}" if taken else self._now.group
        id = self._fresh(wanted) if taken else wanted
        self.nodes.append(
            Node(
                id, title, id, self._now.group, sources, (), "float32", 0,
                reason=reason, state=state, culprits=culprits,
            )
        )  # fmt: skip
        return id

    def again(self, branch: str, x: Tensor) -> Tensor:
        """Send `x` through the layers of a branch already written, with the same weights."""
        given = self._branches[branch]
        self._now.replay = deque(self._made.get(branch, ()))
        try:
            return given.encoder.features(self, x, given)
        finally:
            self._now.replay = None

    def __getattr__(self, layer: str) -> Callable[..., Callable[..., Tensor]]:
        made = getattr(self._keras.layers, layer)

        def make(*args: Any, name: str | None = None, **kwargs: Any) -> Callable[..., Tensor]:
            arguments = _bound(made, args, kwargs)
            suffix = snake(layer) if name is None else name
            if self._now.replay is not None:
                instance, origin, suffix = self._now.replay.popleft()
                id = self._fresh(f"{self._now.group}_{suffix}")
                return self._caller(instance, id, arguments, origin)
            id = self._fresh(f"{self._now.group}_{suffix}") if suffix else self._now.group
            instance = made(**self._real(arguments, id), name=id)
            self._made.setdefault(self._now.group, []).append((instance, id, suffix))
            return self._caller(instance, id, arguments, None)

        return make

    def _real(self, arguments: Mapping[str, Any], id: str) -> dict[str, Any]:
        """Arguments with the inner layers made, named after the layer that holds them."""

        def real(value: Any) -> Any:
            if not isinstance(value, Inner):
                return value
            made = getattr(self._keras.layers, value.layer)
            return made(**value.arguments, name=f"{id}_{snake(value.layer)}")

        return {key: real(value) for key, value in arguments.items()}

    def _caller(
        self, layer: Any, id: str, arguments: Mapping[str, Any], origin: str | None
    ) -> Callable[..., Tensor]:
        calls: list[str] = []

        def call(*xs: Any, **named: Any) -> Tensor:
            given = [list(x) if isinstance(x, list | tuple) else x for x in xs]
            named = {key: value for key, value in named.items() if value is not None}
            out: Tensor = layer(*given, **named)
            again = origin or (calls[0] if calls else None)
            name = self._fresh(id) if calls else id
            calls.append(name)
            flat = [t for x in given for t in (x if isinstance(x, list) else [x])]
            self._record(
                name,
                type(layer).__name__,
                layer.name,
                self._sources([*flat, *named.values()]),
                out,
                0 if again else layer.count_params(),
                arguments,
                shares=again,
                config=_costly(layer),
                call=self._call("", given, named),
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
        arguments = {**dict(zip(("with", "and", "also"), rest, strict=False)), **kwargs}
        name = self._fresh(f"{self._now.group}_{function}")
        operation.name = name
        self._record(
            name,
            type(operation).__name__,
            operation.name,
            self._sources(xs),
            out,
            0,
            arguments,
            operation=True,
            call=self._call(function, args, kwargs),
        )
        return out

    def _call(self, function: str, args: Iterable[Any], named: Mapping[str, Any]) -> Call:
        """A call with ids in the place of tensors."""

        def noted(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return type(value)(map(noted, value))
            known = self._origin.get(id(value))
            return NodeOutput(known[0]) if known and known[1] is value else value

        return Call(
            function, tuple(map(noted, args)), {key: noted(value) for key, value in named.items()}
        )

    def _sources(self, xs: Iterable[Tensor]) -> tuple[str, ...]:
        return tuple(self._origin[id(x)][0] for x in xs)

    def _record(
        self,
        name: str,
        layer: str,
        keras_name: str,
        sources: tuple[str, ...],
        out: Tensor,
        parameters: int,
        arguments: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        self._origin[id(out)] = (name, out)
        self.nodes.append(
            Node(
                id=name,
                layer=layer,
                keras_name=keras_name,
                group=self._now.group,
                sources=sources,
                shape=tuple(out.shape[1:]),
                dtype=str(out.dtype),  # type: ignore[attr-defined]
                parameters=parameters,
                arguments=dict(arguments or {}),
                reason=self._now.reason,
                hidden=self._now.hidden,
                **more,
            )
        )

    def _fresh(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self._names:
            self._clashed |= name in self._outside
            count += 1
            name = f"{wanted}_{count}"
        self._names.add(name)
        return name


class _Ops:
    """`keras.ops` whose symbolic calls are recorded, and named as layers are."""

    def __init__(self, k: Keras) -> None:
        self._k = k

    def __getattr__(self, function: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._k._operate(function, args, kwargs)


class _Inners:
    """Layers to make other layers with; they are neither called nor recorded."""

    def __getattr__(self, layer: str) -> Callable[..., Inner]:
        def make(*args: Any, **kwargs: Any) -> Inner:
            import keras

            return Inner(layer, _bound(getattr(keras.layers, layer), args, kwargs))

        return make


@cache
def _signature(made: type) -> inspect.Signature:
    return inspect.signature(made)


def _bound(made: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    bound = _signature(made).bind(*args, **kwargs).arguments
    return {
        **{key: value for key, value in bound.items() if key != "kwargs"},
        **bound.get("kwargs", {}),
    }


def _costly(layer: Any) -> dict[str, Any]:
    wanted = (
        "use_bias",
        "kernel_size",
        "strides",
        "pool_size",
        "units",
        "reset_after",
        "num_heads",
        "key_dim",
        "value_dim",
        "depth_multiplier",
        "groups",
        "filters",
        "equation",
    )
    return {key: getattr(layer, key) for key in wanted if hasattr(layer, key)}


def snake(name: str) -> str:
    parted = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()
