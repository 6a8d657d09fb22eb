"""Own emphasis in a model's picture: names, notes and colours of its layers and parts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from components.base.text import one_line
from components.models.inputs.base import Name
from components.models.language.fields import hints
from components.models.language.registry import Concept

MarkColor = Literal["unchanged", "blue", "green", "pink", "teal", "gold", "olive", "grey"]
_OneLine = AfterValidator(one_line)


class Mark(Concept):
    """The emphasis of a layer, or of a whole part of the model. The model itself stays as it is."""

    title = "Emphasis"

    part: Name
    """Name of the input, merge, trunk or head."""
    layer: Annotated[str, StringConstraints(max_length=200)] = ""
    """Layer of that part; empty for the whole part."""
    name: Annotated[str, StringConstraints(max_length=40), _OneLine] = Field(
        "",
        description="Name in the picture. Empty for its own.",
        json_schema_extra=hints(title="Own name"),
    )
    note: Annotated[str, StringConstraints(max_length=60), _OneLine] = Field(
        "", description="Words on the layer or part in the picture, such as *pretrained*."
    )
    color: MarkColor = Field(
        "unchanged",
        description="Colour in the picture.",
        json_schema_extra=hints(title="Colour"),
    )
    hidden: bool = Field(
        False, description="Left out of the picture. The model and its code keep it."
    )
