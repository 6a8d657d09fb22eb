"""The dictionary that compresses links, made from all concepts and presets."""

from __future__ import annotations

import json
from typing import Any

from components.base.versions import LINK
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Trunk
from components.models.architecture.marks import Mark
from components.models.encoders import ENCODERS
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.language import fields
from components.models.language.registry import Concept, kind_of
from components.models.merges import MERGES
from components.sharing.links.link import LinkContent, content_parts
from components.sharing.links.token import dictionary
from sample_data.content import presets
from sample_data.loading.sources import CollectionSpec
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS


def write() -> None:
    """Write the dictionary of a new version of links. Older ones stay, because old links
    need them.
    """
    if dictionary(LINK.number).exists():
        return
    models = [content_parts(LinkContent(presets.load(name))) for name in presets.names()]
    concepts = [{noun: values} for (noun, _), values in defaults().items()]
    lines = [json.dumps(line, separators=(",", ":")) for line in (*concepts, *models)]
    dictionary(LINK.number).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def written() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the defaults in the dictionary."""
    lines = map(json.loads, dictionary(LINK.number).read_text(encoding="utf-8").splitlines())
    concepts = [next(iter(line.items())) for line in lines if "name" not in line]
    return {(noun, values.get("kind", "")): values for noun, values in concepts}


def defaults() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the defaults that links leave out, by noun and kind of each concept."""
    plain = {
        "data": DataSpec,
        "collection": CollectionSpec,
        "settings": Settings,
        "trunk": Trunk,
        "mark": Mark,
    }
    found: dict[tuple[str, str], type[Any]] = {(noun, ""): one for noun, one in plain.items()}
    for registry in (RELATIONS, INPUTS, ENCODERS, MERGES, HEADS):
        found |= {(registry.noun, kind): concept for kind, concept in registry.items()}
    values = {key: _values(concept) for key, concept in found.items()}
    return {key: {"kind": key[1], **one} if key[1] else one for key, one in values.items()}


def _values(concept: Any) -> dict[str, Any]:
    """Return the settings that have a default, with their defaults, and the inner encoder."""
    required = tuple(n for n, info in concept.model_fields.items() if info.is_required())
    found = {field.name: field.default for field in fields.settings(concept, required)}
    for name in ("encoder", "then"):
        if name in concept.model_fields:
            inner = concept.model_fields[name].get_default(call_default_factory=True)
            found[name] = {"kind": kind_of(type(inner))} if isinstance(inner, Concept) else None
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain
