"""`k`: keras.layers and keras.ops that name what they make and record each call."""

from __future__ import annotations

import inspect
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from components.graph import Node

if TYPE_CHECKING:
    from components.inputs.base import Input


class Tensor(Protocol):
    """A symbolic tensor of Keras, with the batch as its first axis."""

    @property
    def shape(self) -> tuple[Any, ...]: ...


class Keras:
    """Makes real layers in the group being written, and keeps the record.

    `k.Dense(64, name="gate")(x)` makes `keras.layers.Dense(64, name="<group>_gate")`, calls it and
    records the call. Without a name the layer's class gives one; with an empty name the group does.
    `k.ops` stands for `keras.ops`. Names in `reserved` are never given to a layer of another name.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        import keras

        self._keras = keras
        self.ops = _Ops(self)
        self.nodes: list[Node] = []
        self._names = set(reserved)
        self._group = ""
        self._origin: dict[int, tuple[str, Tensor]] = {}
        self._made: dict[str, list[tuple[Any, str, str]]] = {}
        self._branches: dict[str, Input] = {}
        self._replay: deque[tuple[Any, str, str]] | None = None

    def write(self, group: str) -> None:
        """Start the layers of a group."""
        self._group = group

    def input(self, given: Input) -> Tensor:
        """A model input named as its branch, which the layers to come belong to."""
        self.write(given.name)
        self._branches[given.name] = given
        x: Tensor = self._keras.Input(given.shape, dtype=given.dtype, name=given.name)
        self._record(given.name, "InputLayer", given.name, (), x, 0)
        return x

    def again(self, branch: str, x: Tensor) -> Tensor:
        """Send `x` through the layers of a branch already written, with the same weights."""
        given = self._branches[branch]
        self._replay = deque(self._made.get(branch, ()))
        try:
            return given.encoder.features(self, x, given)
        finally:
            self._replay = None

    def __getattr__(self, layer: str) -> Callable[..., Callable[[Any], Tensor]]:
        made = getattr(self._keras.layers, layer)

        def make(*args: Any, name: str | None = None, **kwargs: Any) -> Callable[[Any], Tensor]:
            arguments = _bound(made, args, kwargs)
            suffix = _snake(layer) if name is None else name
            if self._replay is not None:
                instance, origin, suffix = self._replay.popleft()
                id = self._fresh(f"{self._group}_{suffix}")
                return lambda x: self._call(instance, id, x, arguments, origin)
            id = self._fresh(f"{self._group}_{suffix}") if suffix else self._group
            instance = made(**arguments, name=id)
            self._made.setdefault(self._group, []).append((instance, id, suffix))
            return lambda x: self._call(instance, id, x, arguments, None)

        return make

    def _call(
        self, layer: Any, id: str, x: Any, arguments: Mapping[str, Any], origin: str | None
    ) -> Tensor:
        xs = list(x) if isinstance(x, list | tuple) else [x]
        out: Tensor = layer(xs if isinstance(x, list | tuple) else x)
        self._record(
            id,
            type(layer).__name__,
            layer.name,
            self._sources(xs),
            out,
            0 if origin else layer.count_params(),
            arguments,
            shares=origin,
            config=_costly(layer),
        )
        return out

    def _operate(self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        flat: list[Any] = []
        for arg in args:
            flat.extend(arg if isinstance(arg, list | tuple) else [arg])
        xs = [arg for arg in flat if id(arg) in self._origin]
        out: Tensor = getattr(self._keras.ops, function)(*args, **kwargs)
        if id(out) in self._origin:
            return out
        operation = out._keras_history.operation  # type: ignore[attr-defined]
        rest = [arg for arg in flat if id(arg) not in self._origin]
        arguments = {**dict(zip(("with", "and", "also"), rest, strict=False)), **kwargs}
        name = self._fresh(f"{self._group}_{function}")
        if operation.name in self._names:
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
        )
        return out

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
                group=self._group,
                sources=sources,
                shape=tuple(out.shape[1:]),
                dtype=str(out.dtype),  # type: ignore[attr-defined]
                parameters=parameters,
                arguments=dict(arguments or {}),
                **more,
            )
        )

    def _fresh(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self._names:
            count += 1
            name = f"{wanted}_{count}"
        self._names.add(name)
        return name


class _Ops:
    """`keras.ops` whose symbolic calls are recorded. Operations keep the names Keras gives them."""

    def __init__(self, k: Keras) -> None:
        self._k = k

    def __getattr__(self, function: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._k._operate(function, args, kwargs)


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
    )
    return {key: getattr(layer, key) for key in wanted if hasattr(layer, key)}


def _snake(name: str) -> str:
    parted = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()
