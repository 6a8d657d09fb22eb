"""Model of the user's own process, converted to the same plain layers as a file.

The model never computes numbers. A subclassed model is called on symbolic tensors to get its layers
and their connections; whatever this adds to its layers is removed again.
"""

from __future__ import annotations

import inspect
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from components.base.errors import ModelFileError
from components.base.text import free_name, join_names
from components.models.architecture.builder import weightless
from components.models.imported.allowed import LAYERS
from components.models.imported.answers import (
    LayerAnswer,
    arguments,
    own_arguments,
    usual_arguments,
)
from components.models.imported.imported_model import ImportedModel, imported
from components.models.imported.parse import Full, Layer, LayerCall, Model, TensorReference
from components.models.imported.parse import shape as full_shape
from components.models.imported.safe_text import clean
from components.models.imported.steps import flattened
from components.models.language.recorder import cost_config

LONGEST_REASON = 160
"""Maximum length of a Keras error message in a reason, in characters."""
WRAPPED = "Exception encountered when calling"
"""Start of the line that Keras puts above the message of an error in a layer's call."""
DTYPES = ("float32", "int32")
"""Data types tried for the inputs of a traced model if none are given."""


@dataclass(frozen=True)
class LiveModel:
    """Model of this process, ready to be drawn."""

    model: ImportedModel
    connected: bool = True
    """`False` if it could not be traced, so that its layers are listed without edges."""
    symbols: Mapping[str, Any] = field(default_factory=dict)
    """Symbolic output of each node by its id; in an inner model, that in the inner graph."""


def read_live(model: Any, inputs: Any = None) -> LiveModel:
    """Return a Keras model of this process as a graph. Raises `ModelFileError`.

    `inputs` are arrays, tensors or shapes for tracing a subclassed model; without them it is traced
    with the shapes it was built for.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise ModelFileError(
            "Only a Keras 3 model can be drawn.",
            type(model).__name__,
            "Give it a model of `keras`, not of `tf_keras`, and no layer alone.",
        )
    reader = _LiveReader()
    with unchanged(model):
        return weightless(lambda: reader.read(model, inputs))


@dataclass
class _LiveReader:
    """Reader of one model, which also answers for its layers as Keras does for those of a file."""

    _answers: dict[int, LayerAnswer] = field(default_factory=dict)
    """Answers about calls, by `id` of the call."""
    _layers: dict[int, LayerAnswer] = field(default_factory=dict)
    """Answers about layers and operations, by `id` of the object."""
    _counted: set[int] = field(default_factory=set)
    """`id`s of the variables that are already counted for a layer."""
    _symbols: dict[int, Any] = field(default_factory=dict)
    """Symbolic outputs of calls, by `id` of the call."""
    _asked_calls: list[int] = field(default_factory=list)
    """`id`s of the calls that `about` was asked about, in the order of the graph's nodes."""

    def read(self, model: Any, inputs: Any) -> LiveModel:
        """Return the graph of a model; given inputs, it builds a copy of an unbuilt model."""
        function, notes = function_of(model), tuple[str, ...]()
        if function is None:
            try:
                model = _copy_of(model) if inputs is not None and not _is_built(model) else model
                function = _trace(model, inputs)
            except _Untraceable as error:
                notes = (f"Drawn as its layers, because {error}.",)
        connected = function is not None
        parsed = self._model(model, function) if connected else self._unconnected(model)
        flat = flattened(parsed, self)
        whole = imported(parsed, flat)
        if not connected:
            groups = (replace(group, role="trunk", hue=0) for group in whole.graph.groups)
            whole = replace(whole, graph=replace(whole.graph, groups=tuple(groups)))
        count = _weight_count(model)
        if missing := max(0, count - whole.graph.model_parameters):
            notes += (f"{missing:,} of its {count:,} parameters belong to no layer.",)
            whole = replace(whole, graph=replace(whole.graph, part_of=count))
        called = [node.id for node in flat.nodes if node.layer != "InputLayer"]
        symbols = {
            id: self._symbols.get(call) for id, call in zip(called, self._asked_calls, strict=True)
        }
        return LiveModel(replace(whole, notes=notes), connected, symbols)

    def about(self, layer: Layer, call: LayerCall, reads: Sequence[Full]) -> LayerAnswer | None:
        self._asked_calls.append(id(call))
        return self._answers.get(id(call))

    def _model(self, model: Any, function: Any) -> Model:
        """Return a functional model: inputs, outputs and layers, with inner models opened."""
        calls: dict[int, int] = {}
        names: dict[int, str] = {}
        taken: set[str] = set()
        inside = {id(node) for nodes in function._nodes_by_depth.values() for node in nodes}
        for operation in function.operations:
            names[id(operation)] = name = free_name(operation.name, taken)
            taken.add(name)
            own = [node for node in operation._inbound_nodes if id(node) in inside]
            calls.update({id(node): number for number, node in enumerate(own)})

        def reference(tensor: Any) -> TensorReference:
            operation, index, output = tensor._keras_history
            node = operation._inbound_nodes[index]
            return TensorReference(
                names[id(operation)], calls[id(node)], output, full_shape(tensor.shape)
            )

        layers = []
        for operation in function.operations:
            own = [node for node in operation._inbound_nodes if id(node) in calls]
            layers.append(self._layer(operation, names[id(operation)], own, reference))
        starts, ends = (
            tuple(map(reference, function.inputs)),
            tuple(map(reference, function.outputs)),
        )
        return Model(clean(model.name), _kind(model), tuple(layers), starts, ends, _version())

    def _layer(
        self,
        operation: Any,
        name: str,
        nodes: Sequence[Any],
        reference: Callable[[Any], TensorReference],
    ) -> Layer:
        inner = self._inner(operation, nodes[0])
        calls = []
        for node in nodes:
            args, named = node.arguments.args, node.arguments.kwargs
            call = LayerCall(
                tuple(_with_references(args, reference)), _with_references(named, reference)
            )
            calls.append(call)
            self._symbols[id(call)] = node.outputs[0]
            if inner is None:
                shapes = [full_shape(tensor.shape) for tensor in node.outputs]
                whole = tuple(full for full in shapes if full is not None)
                self._answers[id(call)] = replace(
                    self._layer_answer(operation, _variables([args, named])), shapes=whole
                )
        return self._make_layer(operation, name, tuple(calls), inner)

    def _make_layer(
        self, operation: Any, name: str, calls: tuple[LayerCall, ...], inner: Model | None = None
    ) -> Layer:
        import keras

        is_layer = isinstance(operation, keras.layers.Layer)
        return Layer(
            name=name,
            kind=_kind(operation),
            module=type(operation).__module__,
            known=_is_keras(operation),
            operation=not is_layer,
            config=_config(operation),
            built={},
            calls=calls,
            model=inner,
            identity=id(operation),
        )

    def _layer_answer(self, operation: Any, variables: Iterable[Any] = ()) -> LayerAnswer:
        """Return the answer for a layer; shared variables count only at their first layer."""
        if id(operation) not in self._layers:
            every = (*getattr(operation, "weights", ()), *variables)
            held = {id(variable): variable for variable in every}
            new = [variable for key, variable in held.items() if key not in self._counted]
            self._counted |= held.keys()
            described = _described_layer(operation)
            self._layers[id(operation)] = replace(described, weights=sum(map(_size, new)))
        return self._layers[id(operation)]

    def _inner(self, operation: Any, node: Any) -> Model | None:
        """Return the layers of an inner model; `None` for a layer or an untraceable model."""
        import keras

        if not isinstance(operation, keras.Model):
            return None
        function = function_of(operation)
        if function is None:
            with suppress(_Untraceable):
                tensors = [_input_like(tensor) for tensor in node.arguments.keras_tensors]
                fill = iter(tensors)
                args, named = (
                    keras.tree.map_structure(
                        lambda x: next(fill) if isinstance(x, keras.KerasTensor) else x, held
                    )
                    for held in (node.arguments.args, node.arguments.kwargs)
                )
                function = _trace_call(operation, tensors, args, named)
        return self._model(operation, function) if function is not None else None

    def _unconnected(self, model: Any) -> Model:
        """Return the layers of a model as a list; each inner model gets its own inputs."""
        layers: list[Layer] = []
        starts: list[TensorReference] = []
        ends: list[TensorReference] = []
        for layer in model.layers:
            function, call = function_of(layer), LayerCall()
            if function is None:
                self._answers[id(call)] = self._layer_answer(layer)
                layers.append(self._make_layer(layer, layer.name, (call,)))
                ends.append(TensorReference(layer.name, 0, 0))
                continue
            inner = self._model(layer, function)
            reads = [
                TensorReference(f"{layer.name} {end.layer}", 0, 0, end.shape)
                for end in inner.inputs
            ]
            for read in reads:
                config = {"batch_shape": read.shape}
                layers.append(
                    Layer(read.layer, "InputLayer", None, True, False, config, {}, (call,))
                )
            layers.append(self._make_layer(layer, layer.name, (LayerCall((reads,)),), inner))
            starts += reads
            ends += [TensorReference(layer.name, 0, n) for n in range(len(inner.outputs))]
        return Model(
            clean(model.name), _kind(model), tuple(layers), tuple(starts), tuple(ends), _version()
        )


def _version() -> str:
    import keras

    return clean(keras.version())


class _Untraceable(Exception):
    """Error with the reason why a model can't be called on symbolic tensors."""


@contextmanager
def unchanged(model: Any) -> Iterator[None]:
    """Remove what calls in the block add to a model's layers, and restore Python's random state.

    New layers of Keras draw their seeds from Python's random numbers.
    """
    layers = {id(one): one for one in (*model._flatten_layers(), *getattr(model, "operations", ()))}
    lengths = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers.values()]
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
        for layer, (inbound, outbound) in zip(layers.values(), lengths, strict=True):
            del layer._inbound_nodes[inbound:], layer._outbound_nodes[outbound:]


def _is_built(model: Any) -> bool:
    return all(layer.built for layer in model._flatten_layers(include_self=False))


def _copy_of(model: Any) -> Any:
    """Return a copy of a model whose layers can be built; it shares variables and seeds.

    `copy.deepcopy` would save and load it, for which Keras requires a configuration.
    """
    import keras

    layers: list[Any] = model._flatten_layers()
    held = [value for layer in layers for value in vars(layer).values()]
    seeds = [value for value in held if isinstance(value, keras.random.SeedGenerator)]
    copies = {id(layer): layer.__class__.__new__(layer.__class__) for layer in layers}
    memo: dict[int, Any] = {**copies, **{id(kept): kept for kept in (*model.variables, *seeds)}}
    try:
        for layer in layers:
            own = vars(copies[id(layer)])
            bound = {name for name, value in own.items() if callable(value)}
            own.update({k: deepcopy(v, memo) for k, v in vars(layer).items() if k not in bound})
    except Exception as error:  # User code may contain anything.
        raise _Untraceable(f"it was not built and can't be copied ({error})") from None
    return copies[id(model)]


def function_of(model: Any) -> Any:
    """Return the Keras graph of a model; `None` for a subclassed or unbuilt one."""
    import keras

    if isinstance(model, keras.Sequential):
        return model._functional
    return model if isinstance(model, keras.Function) else None


def _symbolic_inputs(model: Any, inputs: Any, dtype: str) -> dict[str, Any]:
    """Return symbolic tensors for the arguments of a model's call, by name."""
    parameters = inspect.signature(model.call).parameters.values()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    needed = [p.name for p in parameters if p.name in names[1:] and p.default is p.empty]
    if not names:
        raise _Untraceable("it has no call that names its inputs")
    if inputs is None:
        config = model.get_build_config() if _is_built(model) else None
        if not config:
            raise _Untraceable("Keras knows no shapes of its inputs: give inputs")
        by_name = config.get("shapes_dict")
        if by_name is None:
            inputs = config["input_shape"]
        else:
            inputs = {name.removesuffix("_shape"): shape for name, shape in by_name.items()}
    by_argument = isinstance(inputs, dict) and set(inputs) <= set(names)
    named = inputs if by_argument else {names[0]: inputs}
    taken = {layer.name for layer in model._flatten_layers()}
    if missing := [name for name in needed if name not in (*named, "training")]:
        raise _Untraceable(f"its call needs {join_names(missing)}, too: give inputs by name")
    return {name: _symbolic(value, name, dtype, taken) for name, value in named.items()}


def _symbolic(value: Any, name: str, dtype: str, taken: set[str]) -> Any:
    """Return symbolic inputs for arrays, tensors and shapes, with the same nesting.

    An input has another name than each layer, because the names in a Keras graph must differ.
    """
    import keras

    if isinstance(value, Mapping):
        return {key: _symbolic(item, str(key), dtype, taken) for key, item in value.items()}
    is_list = isinstance(value, list | tuple)
    if is_list and not all(axis is None or isinstance(axis, int) for axis in value):
        return [_symbolic(item, f"{name}_{n}", dtype, taken) for n, item in enumerate(value, 1)]
    if name in taken:
        name = free_name(f"{name}_input", taken)
    taken.add(name)
    if is_list:
        return keras.Input(batch_shape=tuple(value), dtype=dtype, name=name)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        own = keras.backend.standardize_dtype(value.dtype)
        own = keras.config.floatx() if "float" in own else own
        return keras.Input(batch_shape=(None, *value.shape[1:]), dtype=own, name=name)
    raise ModelFileError(
        "Inputs can be arrays, tensors or shapes such as (None, 8), alone, in a list or in a dict.",
        type(value).__name__,
        "Give what the model is called with.",
    )


def _input_like(tensor: Any) -> Any:
    import keras

    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)


def _trace(model: Any, inputs: Any) -> Any:
    """Return the graph of a subclassed model. Raises `_Untraceable`."""
    import keras

    def attempt(dtype: str) -> Any:
        named = _symbolic_inputs(model, inputs, dtype)
        return _trace_call(model, keras.tree.flatten(named), [], named)

    first, second = DTYPES
    try:
        return attempt(first)
    except _Untraceable:
        with suppress(_Untraceable):
            return attempt(second)
        raise


def _trace_call(model: Any, tensors: Sequence[Any], args: Any, named: Mapping[str, Any]) -> Any:
    """Return the graph of one call of a model. Raises `_Untraceable`."""
    import keras

    named = dict(named)
    training = inspect.signature(model.call).parameters.get("training")
    if training is not None and training.default is inspect.Parameter.empty:
        named.setdefault("training", False)
    try:
        return keras.Function(list(tensors), keras.tree.flatten(model.call(*args, **named)))
    except Exception as error:  # User code may raise anything.
        # The first sentence; of an error that Keras wraps, that of its cause.
        lines = [
            line for line in re.sub(r"\x1b\[\d+m", "", str(error)).splitlines() if line.strip()
        ]
        cause = lines[1:] if len(lines) > 1 and lines[0].startswith(WRAPPED) else lines
        first = next(iter(cause), "").partition(". ")[0].strip(".: ")
        words = f"{type(error).__name__}: {first}"[:LONGEST_REASON].rstrip(": ")
        raise _Untraceable(f"its call couldn't be traced ({words})") from None


def _with_references(value: Any, reference: Callable[[Any], TensorReference]) -> Any:
    """Replace the tensors in a call's arguments by references, and tuples by lists."""
    import keras

    if isinstance(value, keras.KerasTensor):
        return reference(value)
    if isinstance(value, list | tuple):
        return [_with_references(item, reference) for item in value]
    if isinstance(value, Mapping):
        return {key: _with_references(item, reference) for key, item in value.items()}
    return value


def _kind(operation: Any) -> str:
    return clean(type(operation).__name__)


def _is_keras(operation: Any) -> bool:
    return type(operation).__module__.partition(".")[0] == "keras"


def _config(operation: Any) -> Mapping[str, Any]:
    """Return the configuration of a layer; an empty one if its class defines none."""
    with suppress(Exception):
        config = operation.get_config()
        return config if isinstance(config, Mapping) else {}
    return {}


def _described_layer(operation: Any) -> LayerAnswer:
    """Return the arguments of a layer."""
    if not _is_keras(operation):
        return LayerAnswer(arguments(_config(operation)), {}, {})
    costs, keras_class = cost_config(operation), operation.__class__
    if keras_class.__name__ in LAYERS.names:
        with suppress(Exception):  # A layer of Keras that can't be made again.
            return LayerAnswer(own_arguments(operation), costs, usual_arguments(keras_class))
    return LayerAnswer(arguments(_config(operation)), costs, {})


def _variables(value: Any) -> Iterator[Any]:
    """Yield the variables among the arguments of a call."""
    import keras

    return (leaf for leaf in keras.tree.flatten(value) if isinstance(leaf, keras.Variable))


def _size(variable: Any) -> int:
    return prod(variable.shape)


def _weight_count(model: Any) -> int:
    """Return the number of a model's weights, as `count_params` does for a built one."""
    return sum(map(_size, {id(weight): weight for weight in model.weights}.values()))
