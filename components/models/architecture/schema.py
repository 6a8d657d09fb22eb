"""JSON schemas of files, for editors and other programs that write them: here that of a model.

They hold every field with its default, range and description. The readers check what no schema can
express, such as that sources exist.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from components.base.versions import KEY, MODEL, Format
from components.models.architecture.architecture import ABOUT, Architecture

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema of a model as plain data."""
    about = "Inputs with their encoders, merges, trunk and heads of one Keras model."
    document = schema_of(Architecture, MODEL, about)
    document["properties"][ABOUT] = {
        "type": "object",
        "description": "What the file says about its model; no part of it.",
    }
    return document


def schema_of(model: type[BaseModel], form: Format, description: str) -> dict[str, Any]:
    """Return the schema of a format's files as plain data, in the dialect of 2020-12."""
    document: dict[str, Any] = _without_discriminators(model.model_json_schema())
    definitions: dict[str, Any] = document["$defs"]
    for definition in tuple(definitions.values()):
        for name in {"encoder", "then"} & definition.get("properties", {}).keys():
            field = definition["properties"][name]
            definitions["AnyEncoder"] = {"oneOf": field.pop("oneOf")}
            field["$ref"] = "#/$defs/AnyEncoder"
    number = {"const": form.number, "description": "Version of the format."}
    return {
        **document,
        "$schema": DIALECT,
        "title": f"{form.name.capitalize()}, version {form.number}",
        "description": description,
        "properties": {KEY: number, **document["properties"]},
        "required": [KEY, *document["required"]],
    }


def text_of(document: dict[str, Any]) -> str:
    """Return a schema as JSON text, the same on every machine."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _without_discriminators(value: Any) -> Any:
    """Return a copy without a keyword that only OpenAPI knows."""
    if isinstance(value, list):
        return [_without_discriminators(item) for item in value]
    if isinstance(value, dict):
        kept = value.keys() - {"discriminator"}
        return {key: _without_discriminators(value[key]) for key in value if key in kept}
    return value
