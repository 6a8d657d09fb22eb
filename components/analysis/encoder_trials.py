"""Encoders tried on an input: output shape and costs, or why they can't be used."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from components.analysis.reference import forms
from components.analysis.sketches import KEPT, default_input, end_node, partial_graph, with_heads
from components.core.errors import SpecError
from components.core.fields import settings
from components.core.graph import Graph
from components.core.needs_keras import needs_keras
from components.encoders import ENCODERS
from components.encoders.base import Encoder
from components.inputs.base import Input, Shape, default_encoder
from components.model import costs
from components.model.builder import sketch
from components.model.costs import Cost
from components.model.spec import Architecture


@dataclass(frozen=True)
class EncoderTrial:
    """An encoder with default settings on an input, or why it can't read it. For one sample."""

    input: Input
    graph: Graph
    shape: Shape = ()
    cost: Cost = field(default_factory=Cost)
    estimated: bool = False
    error: SpecError | None = None


def readable_inputs(architecture: Architecture, kind: str) -> tuple[str, ...]:
    """The inputs, by name, that an encoder can read in this architecture."""
    concept = ENCODERS[kind]
    borrows = bool(_input_references(concept))
    return tuple(
        input_.name
        for input_ in architecture.inputs
        if input_.form in concept.takes and (not borrows or _can_borrow(architecture, input_))
    )


def example_input(architecture: Architecture, kind: str) -> tuple[Input, int | None]:
    """The first input that an encoder can read with its position, else a default input."""
    takes = ENCODERS[kind].takes
    for position, input_ in enumerate(architecture.inputs):
        if input_.form in takes:
            return input_, position
    return default_input(next(form for form in forms() if form in takes), "input"), None


@lru_cache(maxsize=KEPT)
@needs_keras
def try_encoder(input_: Input, kind: str, hue: int = 0) -> EncoderTrial:
    """The encoder with default settings on an input; a shared encoder gets a copy to share with."""
    concept = ENCODERS[kind]
    twins = {
        borrowed: input_.model_copy(
            update={
                "name": f"other_{input_.name}"[:40],
                "encoder": default_encoder(input_.form),
                "reads": "",
            }
        )
        for borrowed in _input_references(concept)
    }
    encoder = concept.model_validate({borrowed: twin.name for borrowed, twin in twins.items()})
    inputs = [input_.model_copy(update={"encoder": encoder, "reads": ""}), *twins.values()]
    drawn = sketch(with_heads(inputs))
    graph = partial_graph(drawn.graph, [item.name for item in inputs])
    graph = replace(graph, groups=tuple(replace(g, hue=g.hue + hue) for g in graph.groups))
    if any(node.state != "built" for node in drawn.graph.members(input_.name)):
        return EncoderTrial(input_, graph, error=drawn.errors[0])
    spent, end = costs.of(drawn.graph), end_node(drawn.graph, input_.name)
    return EncoderTrial(input_, graph, end.shape, spent.groups[input_.name], spent.estimated)


def _input_references(concept: type[Encoder]) -> list[str]:
    """Fields that name another input."""
    return [setting.name for setting in settings(concept) if setting.refers == "inputs"]


def _can_borrow(architecture: Architecture, input_: Input) -> bool:
    """Whether another input of its form and shape has an encoder that it could share."""
    looks = (input_.form, input_.shape, input_.cardinality)
    others = [other for other in architecture.inputs if other.name != input_.name]
    alike = [o for o in others if (o.form, o.shape, o.cardinality) == looks]
    return any(not _lenders(o) for o in alike) and all(
        input_.name not in _lenders(o) for o in others
    )


def _lenders(input_: Input) -> list[str]:
    """The inputs whose encoder an input shares."""
    return [getattr(input_.encoder, name) for name in _input_references(type(input_.encoder))]
