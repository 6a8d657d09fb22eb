"""From the JSON of `model.to_json()` to an imported model."""

from __future__ import annotations

from collections.abc import Sequence

from components.core.errors import ModelFileError
from components.core.graph import Node
from components.core.needs_keras import needs_keras
from components.keras_json import parse
from components.keras_json.blocks import BlockContext
from components.keras_json.imported_model import ImportedModel, divide_model
from components.keras_json.text import HOW_TO_SAVE, clean, data
from components.keras_json.to_graph import node_of, to_steps
from components.model.builder import weightless

MOST_COST = 2**62
"""The most operations or bytes of a model that can be counted and shown."""


@needs_keras
def read(text: str | bytes, name: str = "") -> ImportedModel:
    """A model from the JSON of `to_json()` of Keras 3 or 2. Raises `ModelFileError`.

    `name` replaces the name in the file, if it is not empty.
    """
    parsed = parse.model(data(text))
    steps = weightless(lambda: to_steps(parsed))
    nodes = [node_of(steps, step, "") for step in steps.steps]
    if not nodes:
        raise ModelFileError(
            "A model needs at least one layer.", f"{parsed.name} with none", HOW_TO_SAVE
        )
    outputs = frozenset(steps.steps[position].id for position in steps.outputs)
    about = BlockContext(
        {step.id: step.path for step in steps.steps},
        _input_bits(nodes),
        outputs - {source for node in nodes for source in node.sources},
        {inner: clean(inner.rpartition("/")[2]) for step in steps.steps for inner in step.path},
    )
    imported = divide_model(
        clean(name) if name else parsed.name, parsed.kind, parsed.keras, nodes, about, None
    )
    _check_size(imported)
    return imported


def _input_bits(nodes: Sequence[Node]) -> dict[str, int]:
    """The inputs that each node depends on, as bits in their order."""
    feeds: dict[str, int] = {}
    inputs = 0
    for node in nodes:
        bits = 0
        for source in node.sources:
            bits |= feeds[source]
        if not node.sources:
            bits = 1 << inputs
            inputs += 1
        feeds[node.id] = bits
    return feeds


def _check_size(imported: ImportedModel) -> None:
    total = imported.costs.total
    if max(total.flops, total.activation_bytes, total.weight_bytes) > MOST_COST:
        raise ModelFileError(
            "A model's operations and bytes must be below 2^62.",
            f"{imported.name} with more",
            "Correct the sizes in the file.",
        )
