"""Output shapes of the operations of `keras.ops`, and of layers that work as they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from components.keras_json.calls import Full
from components.keras_json.text import Config

Rule = Callable[[Config, Sequence[Full]], Full | None]
"""From a configuration and the input shapes to the shape of the first output."""


def broadcast(shapes: Sequence[Full]) -> Full | None:
    """The shape of arithmetic on tensors of such shapes."""
    axes: list[int | None] = []
    longest = max(map(len, shapes))
    for column in zip(*((1,) * (longest - len(shape)) + shape for shape in shapes), strict=True):
        sizes = {axis for axis in column if axis != 1}
        whole = sizes - {None}
        if len(whole) > 1:
            return None
        axes.append(whole.pop() if whole else None if sizes else 1)
    return tuple(axes)


def same_shape(config: Config, reads: Sequence[Full]) -> Full | None:
    return reads[0]


def broadcast_inputs(config: Config, reads: Sequence[Full]) -> Full | None:
    return broadcast(reads)


def concatenation(config: Config, reads: Sequence[Full]) -> Full | None:
    (axis,) = config.axes("axis", -1)[:1] or (-1,)
    rank = len(reads[0])
    if any(len(shape) != rank for shape in reads) or not -rank <= axis < rank:
        return None
    sizes = [shape[axis] for shape in reads]
    axes = list(reads[0])
    axes[axis] = None if None in sizes else sum(size or 0 for size in sizes)
    return tuple(axes)


def _reduction(config: Config, reads: Sequence[Full]) -> Full | None:
    rank = len(reads[0])
    axes = {axis % rank for axis in config.axes("axis", tuple(range(rank)))} if rank else set()
    keep = config.flag("keepdims")
    return tuple(
        1 if position in axes else axis
        for position, axis in enumerate(reads[0])
        if keep or position not in axes
    )


def _stack(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(set(reads)) != 1:
        return None
    (position,) = config.axes("axis", 0)[:1] or (0,)
    position %= len(reads[0]) + 1
    return (*reads[0][:position], len(reads), *reads[0][position:])


def _expand_dims(config: Config, reads: Sequence[Full]) -> Full | None:
    axes = config.axes("axis", ())
    rank = len(reads[0]) + len(axes)
    new = {axis % rank for axis in axes} if rank else set()
    rest = iter(reads[0])
    if len(new) != len(axes):
        return None
    return tuple(1 if position in new else next(rest) for position in range(rank))


def _squeeze(config: Config, reads: Sequence[Full]) -> Full | None:
    if "axis" not in config:
        return None
    gone = {axis % len(reads[0]) for axis in config.axes("axis", ())} if reads[0] else set()
    return tuple(axis for position, axis in enumerate(reads[0]) if position not in gone)


def _matmul(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(reads) != 2 or any(len(shape) < 2 for shape in reads):
        return None
    batch = broadcast([shape[:-2] for shape in reads]) if any(map(len, reads)) else ()
    return None if batch is None else (*batch, reads[0][-2], reads[1][-1])


_ELEMENTWISE = (
    "Abs", "Absolute", "Cast", "Clip", "Cos", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid",
    "HardSilu", "HardSwish", "LeakyRelu", "Log", "LogSoftmax", "Mish", "Negative", "Normalize",
    "Relu", "Relu6", "Rsqrt", "Selu", "Sigmoid", "Sign", "Silu", "Sin", "Softmax", "Softplus",
    "Sqrt", "Square", "Tanh", "ZerosLike", "OnesLike", "Reciprocal", "LogicalNot",
)  # fmt: skip
_BROADCAST = (
    "Add", "Divide", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd",
    "LogicalOr", "Maximum", "Minimum", "Multiply", "NotEqual", "Power", "Subtract", "TrueDivide",
    "Where",
)  # fmt: skip
OPERATIONS: Mapping[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, same_shape),
    **dict.fromkeys(_BROADCAST, broadcast_inputs),
    **dict.fromkeys(("Any", "All", "Max", "Mean", "Min", "Prod", "Std", "Sum", "Var"), _reduction),
    "Concatenate": concatenation,
    "ExpandDims": _expand_dims,
    "Matmul": _matmul,
    "Squeeze": _squeeze,
    "Stack": _stack,
}
