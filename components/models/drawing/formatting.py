"""Texts of numbers, shapes and arguments, for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from components.base.text import short_number, size_text
from components.models.language.graph import Graph, Node
from components.models.language.recorder import FACTS, Inner

_HIDDEN = {"valid", "linear"}
"""Values that are defaults of Keras and not shown."""
_HIDDEN_ARGUMENTS = {
    "axes", "axis", "depthwise_initializer", "epsilon", "input_dim", "keepdims",
    "kernel_initializer", "mask_zero", "momentum",
}  # fmt: skip
"""Arguments that are not shown."""


shape = size_text
_MARKS = {
    "Add": " + ",
    "Concatenate": " + ",
    "Dot": " · ",
    "Multiply": " × ",
    "Subtract": " − ",
}
"""Marks between the widths that layers join; others read them side by side."""
_TITLES = {"Dense": "Fully connected", "InputLayer": "Input"}


def output(node: Node) -> str:
    """Return the output shape of a layer, or `?`."""
    return "?" if "shape" in node.unknown else shape(node.shape)


def output_and_parameters(node: Node) -> str:
    """Return the output shape of a layer, with any parameters: `30 × 30 × 64 · 18.5k`."""
    if "parameters" in node.unknown:
        return f"{output(node)} · ? params"
    count = node.parameters
    return f"{output(node)} · {short_number(count)}" if count else output(node)


def share(part: float, whole: float) -> str:
    """Return a part of a whole in percent, never rounded to 0 % or 100 %."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    if percent < 0.1:
        return "< 0.1 %"
    return f"{percent:.1f} %" if percent < 99.95 or part == whole else "> 99.9 %"


def arguments(node: Node, activations: bool = True) -> str:
    """Return the arguments of a layer in short: `32 · 3×3 · relu`."""
    words = [
        _argument(node, key, value)
        for key, value in node.arguments.items()
        if activations or not key.endswith("activation")
    ]
    return " · ".join(word for word in words if word)


def _argument(node: Node, key: str, value: Any) -> str:
    if key in ("kernel_size", "pool_size", "strides") and isinstance(value, list | tuple):
        sizes = "×".join(map(str, value))
        return f"stride {sizes}" if key == "strides" else sizes
    if key == "strides":
        return f"stride {value}"
    if key in ("kernel_size", "pool_size"):
        return f"{value}×{value}" if node.layer.endswith("2D") else str(value)
    if isinstance(value, list | tuple) and len(value) > 3:
        return f"{len(value):,} numbers" if all(isinstance(v, int | float) for v in value) else ""
    if isinstance(value, bool):
        return {"return_sequences": "all steps"}.get(key, key.replace("_", " ")) if value else ""
    if isinstance(value, Inner):
        units = value.arguments.get("units", "")
        return f"{value.layer} {_number(units)}".strip()
    if value is None or str(value) in _HIDDEN or key in _HIDDEN_ARGUMENTS:
        return ""
    return _number(value)


def _number(value: Any) -> str:
    """Format a whole number with separators, another with six digits; leave the rest unchanged."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def merged_widths(graph: Graph, node: Node) -> str:
    """Return the widths that meet in a merge, such as `128 + 128 → 256`."""
    widths = [graph[source].shape for source in node.sources]
    flat = [shape(s) if len(s) == 1 else f"({shape(s)})" for s in widths]
    return f"{_MARKS.get(node.layer, ', ').join(flat)} → {shape(node.shape)}"


def texts(arguments: Mapping[str, Any]) -> Mapping[str, str]:
    """Return arguments as texts, whole numbers with commas; names get spaces for underscores."""
    return {
        key.replace("_", " "): _number(value) if isinstance(value, int) else str(value)
        for key, value in arguments.items()
    }


def settings(node: Node) -> Mapping[str, str]:
    """Return all known settings of a layer by name, with long values shortened."""
    shown = {key: value for key, value in node.config.items() if key != FACTS}
    known = {**node.arguments, **{k: v for k, v in shown.items() if k not in node.arguments}}
    return {key.replace("_", " "): _value(value) for key, value in known.items()}


def _value(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) > 4:
        return f"{len(value):,} values"
    if isinstance(value, int):
        return _number(value)
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def layer_title(layer: str) -> str:
    """Return a class of layers in plain words: `MaxPooling2D` -> `Max pooling`."""
    name = re.sub(r"Conv(?=[123]D)", "Convolution", layer).replace("MultiHead", "Multi-head")
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z-]+", re.sub(r"[123]D", "", name))
    plain = " ".join([*words[:1], *(w if w.isupper() else w.lower() for w in words[1:])])
    return _TITLES.get(layer, plain or layer)


def layer_list(layers: Mapping[str, int]) -> str:
    """Return the layers of a block as text: `Conv2D ×2, Flatten, Dense`."""
    return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in layers.items())
