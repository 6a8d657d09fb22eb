"""JSON schema of an architecture, for editors and other programs that write architectures.

It holds every field with its default, range and description. `spec.parse` checks what no schema can
express, such as that sources exist.
"""

from __future__ import annotations

import json
from typing import Any

from components.model.spec import ABOUT, VERSION, Architecture

HEADINGS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": f"Architecture, version {VERSION}",
    "description": "Inputs with their encoders, merges, trunk and heads of one Keras model.",
}


def schema() -> dict[str, Any]:
    """Return the schema as plain data, in the dialect of 2020-12."""
    document = Architecture.model_json_schema()
    definitions: dict[str, Any] = document["$defs"]
    for definition in tuple(definitions.values()):
        for name in {"encoder", "then"} & definition["properties"].keys():
            field = definition["properties"][name]
            definitions["AnyEncoder"] = {"oneOf": field.pop("oneOf")}
            field["$ref"] = "#/$defs/AnyEncoder"
    document["properties"][ABOUT] = {
        "type": "object",
        "description": "What the file says about its model; no part of it.",
    }
    plain: dict[str, Any] = _without_discriminators(document)
    return {**plain, **HEADINGS}


def text() -> str:
    """Return the schema as JSON text, the same on every machine."""
    return json.dumps(schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _without_discriminators(value: Any) -> Any:
    """Return a copy without a keyword that only OpenAPI knows."""
    if isinstance(value, list):
        return [_without_discriminators(item) for item in value]
    if isinstance(value, dict):
        kept = value.keys() - {"discriminator"}
        return {key: _without_discriminators(value[key]) for key in value if key in kept}
    return value
