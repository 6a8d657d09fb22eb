"""Part of a script that builds the model, with a statement for each node of the graph."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from components.base.text import join_names
from components.models.architecture.architecture import TRUNK, Architecture, build_order
from components.models.encoders.shared import Shared
from components.models.inputs.base import Input, presence
from components.models.language.graph import Graph, Node, NodeOutput
from components.models.language.recorder import Inner, snake
from components.models.merges.base import Merge
from components.sharing.code.python_text import (
    WIDTH,
    Brackets,
    CallText,
    Expression,
    assignment,
    dictionary,
    literal,
)

LAST = 9
"""Sort key of parts that are not branches."""
_BY_NAME = {"axes"}
"""Required arguments that are clearer with their name."""


@dataclass(frozen=True)
class Statement:
    """Lines of a script that belong together, and the node that they create."""

    lines: tuple[str, ...]
    node: str = ""

    @property
    def code(self) -> int:
        """Number of lines after its leading comment."""
        return sum(1 for line in self.lines if not line.startswith("#"))

    @property
    def defines(self) -> bool:
        """`True` for a function or class, which is surrounded by two empty lines."""
        return self.lines[0].startswith(("def ", "class "))


@dataclass(frozen=True)
class ScriptSection:
    """Section of a script: a title and statements."""

    title: str
    statements: tuple[Statement, ...]
    group: str = ""
    """Branch, merge, trunk or head that it creates."""


def comment(text: str) -> list[str]:
    """Wrap a text as comment lines."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def layer_of(id: str) -> str:
    """Return the key of a shared layer among the variables."""
    return f"{id}/layer"


def names(graph: Graph) -> dict[str, str]:
    """Return wanted names for the variables of a graph's nodes and of its shared layers."""
    shared_nodes = {node.shares for node in graph.nodes if node.shares}
    nodes = {node.id: node.id for node in graph.nodes}
    return {**nodes, **{layer_of(id): f"{id}_layer" for id in sorted(shared_nodes)}}


def model_sections(
    architecture: Architecture, graph: Graph, variables: Mapping[str, str]
) -> Iterator[ScriptSection]:
    """Yield a section for each branch, merge, trunk and head, and one for the model.

    They are in the order in which the playground builds them, so that a seed gives the same initial
    weights: branches that share layers come after all other branches.
    """
    members: dict[str, list[Node]] = {}
    for node in graph.nodes:
        members.setdefault(node.group, []).append(node)
    titles, writer = _section_titles(architecture), _Writer(architecture, graph, variables)
    for group in sorted(members, key=lambda group: _build_order(architecture, group)):
        yield ScriptSection(titles[group], tuple(writer.statements(members[group])), group)
    yield ScriptSection("The model", tuple(_model_statements(architecture, graph, variables)))


def _build_order(architecture: Architecture, group: str) -> int:
    input_ = next((input_ for input_ in architecture.inputs if input_.name == group), None)
    return LAST if input_ is None else build_order(input_)


class _Writer:
    """Writer of the statements for nodes."""

    def __init__(
        self, architecture: Architecture, graph: Graph, variables: Mapping[str, str]
    ) -> None:
        self._variables = variables
        self._padded = {input_.name for input_ in architecture.inputs if input_.padded}
        self._shared_nodes = {node.shares for node in graph.nodes if node.shares}
        self._functions = {node.call.function for node in graph.nodes if node.call}
        self._named_layers: set[str] = set()
        """Layers that are called several times and already have a variable."""

    def statements(self, nodes: Sequence[Node]) -> Iterator[Statement]:
        """Yield the statements for the nodes of one part; adapters have their reason as comment."""
        last_reason = ""
        for node in nodes:
            reason = node.reason or self._mask_comment(node)
            last_reason, text = reason, comment(reason) if reason != last_reason else []
            yield Statement((*text, *self._lines(node)), node.id)

    def _mask_comment(self, node: Node) -> str:
        """Return the comment on the first operation of an input's mask, or on its presence."""
        if node.id == presence(node.group):
            return f"1 for a sample that has {node.group}, else 0: then a filling takes its place."
        if node.sources == (node.group,) and node.call and node.call.function == "not_equal":
            return (
                f"Where {node.group} holds data: steps of zeros are padding, but for the first of "
                "a sample that has no other."
            )
        return ""

    def _lines(self, node: Node) -> Iterator[str]:
        name = self._variables[node.id]
        if node.call is None:
            if node.keras_name in self._functions:
                yield "# Else Keras gives the first such operation the name of this input."
                yield f"keras.backend.get_uid({literal(node.keras_name)})"
            yield from assignment(name, _input(node))
            return
        args = tuple(map(self._value, node.call.args))
        named = {key: self._value(value) for key, value in node.call.named.items()}
        if node.operation:
            function = node.call.function
            defaults, values = _parameters(_operation(function)), node.call.named
            kept = {
                k: v for k, v in named.items() if not _is_default(values[k], defaults.get(k), k)
            }
            yield from assignment(name, CallText(f"ops.{function}", args, kept))
            return
        layer: Expression = _layer_call(node.layer, node.arguments, node.keras_name)
        origin = node.shares or node.id
        if origin in self._shared_nodes:
            held = self._variables[layer_of(origin)]
            if origin not in self._named_layers:
                self._named_layers.add(origin)
                yield from assignment(held, layer)
            layer = held
        yield from assignment(name, CallText(layer, args, named))

    def _value(self, value: Any) -> Expression:
        if isinstance(value, NodeOutput):
            return self._variables[value.node]
        if isinstance(value, list | tuple):
            brackets = "[]" if isinstance(value, list) else "()"
            return Brackets(brackets, tuple(map(self._value, value)))
        return _constant(value)


def _input(node: Node) -> CallText:
    shape: dict[str, Expression] = {"shape": _constant(node.shape)}
    if node.dtype != "float32":
        shape["dtype"] = literal(node.dtype)
    return CallText("keras.Input", (), {**shape, "name": literal(node.keras_name)})


def _layer_call(layer: str, arguments: Mapping[str, Any], name: str) -> CallText:
    """Return a layer's call as a person writes it: required arguments by position, no defaults."""
    import keras

    parameters = _parameters(getattr(keras.layers, layer))
    args: list[Expression] = []
    named: dict[str, Expression] = {}
    for key, value in arguments.items():
        required = key in parameters and parameters[key] is inspect.Parameter.empty
        if isinstance(value, Inner):
            expression: Expression = _layer_call(
                value.layer, value.arguments, f"{name}_{snake(value.layer)}"
            )
        else:
            expression = _constant(value)
        if required and not named and key not in _BY_NAME:
            args.append(expression)
        elif not _is_default(value, parameters.get(key, inspect.Parameter.empty), key):
            named[key] = expression
    return CallText(f"layers.{layer}", tuple(args), {**named, "name": literal(name)})


def _constant(value: Any) -> Expression:
    """Return the expression for a number, text, list of these, or Keras object."""
    if isinstance(value, list | tuple):
        return Brackets("[]" if isinstance(value, list) else "()", tuple(map(_constant, value)))
    if isinstance(value, dict):
        return dictionary({key: _constant(entry) for key, entry in value.items()})
    if not hasattr(value, "get_config"):
        return literal(value)
    value_class: Any = type(value)
    module = value_class.__module__.split(".")[2]
    arguments = {
        key: _constant(entry)
        for key, entry in value.get_config().items()
        if not _is_default(entry, _parameters(value_class).get(key, inspect.Parameter.empty), key)
    }
    return CallText(f"keras.{module}.{value_class.__name__}", (), arguments)


@cache
def _parameters(callable_: Any) -> dict[str, Any]:
    """Return the parameters of a layer or function with their defaults."""
    parameters = inspect.signature(callable_).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def _operation(function: str) -> Any:
    import keras

    return getattr(keras.ops, function)


def _is_default(value: Any, default: Any, key: str) -> bool:
    if key.endswith("activation") and default is None and value == "linear":
        return True
    if isinstance(default, tuple) and isinstance(value, int):
        return set(default) == {value}
    return type(value) is type(default) and bool(value == default)


def _model_statements(
    architecture: Architecture, graph: Graph, variables: Mapping[str, str]
) -> Iterator[Statement]:
    operations = [node for node in graph.nodes if node.operation]
    if operations:
        yield Statement(tuple(_operation_names(operations, variables)))
    inputs = dictionary({name: variables[name] for name in architecture.model_inputs})
    outputs = dictionary({head.name: variables[head.name] for head in architecture.heads})
    call = CallText("keras.Model", (inputs, outputs), {"name": literal(architecture.name)})
    yield Statement(tuple(assignment("model", call)))


def _operation_names(operations: Sequence[Node], variables: Mapping[str, str]) -> Iterator[str]:
    yield from comment(
        "Keras only numbers operations, which may give one the name of a layer: name them too."
    )
    calls: dict[str, Expression] = {}
    for node in operations:
        read = Brackets("[]", tuple(variables[source] for source in node.sources))
        calls[node.keras_name] = Brackets("()", (variables[node.id], read))
    yield from assignment("operations", dictionary(calls))
    yield "for name, (tensor, inputs) in operations.items():"
    yield "    keras.Function(inputs, tensor).operations[-1].name = name"


def _section_titles(architecture: Architecture) -> dict[str, str]:
    merges = {merge.name: _merge_title(merge) for merge in architecture.merges}
    heads = {
        head.name: f"Head {head.name}: {head.title.lower()}, "
        f"reads {architecture.reads(head.source)}"
        for head in architecture.heads
    }
    branches = {input_.name: _branch_title(input_) for input_ in architecture.inputs}
    return {**branches, **merges, TRUNK: f"Trunk, reads {architecture.trunk_source}", **heads}


def _branch_title(input_: Input) -> str:
    what = f"reads {input_.reads}" if input_.reads else input_.title.lower()
    encoder, head = input_.encoder, f"Branch {input_.name}: {what}"
    if isinstance(encoder, Shared):
        return f"{head}, through the layers of {encoder.branch}, weights included"
    return f"{head}, as it is" if input_.passes_through else f"{head}, {encoder.title}"


def _merge_title(merge: Merge) -> str:
    behind = f", then {merge.then.title}" if merge.then.depth else ""
    return f"Merge {merge.name}: {merge.title} of {join_names(merge.sources)}{behind}"
