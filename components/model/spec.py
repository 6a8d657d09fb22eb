"""`Architecture`: the whole declarative description of a model, a frozen value, JSON both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from components.core.errors import SpecError
from components.core.fields import EachLayer, PerLayer, hints, number
from components.core.registry import Concept
from components.core.text import byte_size
from components.encoders.base import Activation, Dropout, StackEnd
from components.heads import HEADS
from components.heads.base import Head
from components.inputs import INPUTS
from components.inputs.base import Input, Name
from components.merges import MERGES
from components.merges.base import Merge
from components.model.checks import TRUNK, check_parts, ordered
from components.model.spec_errors import spec_error

VERSION = 1
ABOUT = "about"
"""What a file may say about its model, such as a preset its source; it is no part of the model."""
MOST_BYTES = 1_000_000
"""The largest JSON of an architecture that is read."""
MOST_DEPTH = 20
"""How deep the JSON of an architecture may nest; a valid one nests 5 deep."""

if TYPE_CHECKING:
    AnyInput = Input
    AnyMerge = Merge
    AnyHead = Head
else:
    AnyInput = INPUTS.union()
    AnyMerge = MERGES.union()
    AnyHead = HEADS.union()


class Trunk(Concept):
    """Dense layers after the last merge. (d,) -> (units,); depth 0 leaves the merge as it is."""

    title = "Trunk"

    depth: int = number(0, 0, 8, "Dense layers between the last merge and the heads.")
    units: Annotated[PerLayer, EachLayer(65536)] = Field(
        64,
        description="Width of the layers: one number, or one for each, such as 32, 16, 8.",
        json_schema_extra=hints(step=8, unit="units", when="depth"),
    )
    activation: Activation = Field(
        "relu", description="Activation of each layer.", json_schema_extra=hints(when="depth")
    )
    dropout: Annotated[Dropout, Field(json_schema_extra=hints(step=0.05, when="depth"))] = 0.0
    last_activation: StackEnd = "same"


class Architecture(BaseModel):
    """Inputs with their encoders, merges, trunk and heads.

    Raises `SpecError` where the parts do not fit together. Build it from outside data with `parse`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    name: Name = "model"
    inputs: Annotated[tuple[AnyInput, ...], Field(min_length=1, max_length=12)]
    merges: Annotated[tuple[AnyMerge, ...], Field(max_length=12)] = ()
    trunk: Trunk = Trunk()
    heads: Annotated[tuple[AnyHead, ...], Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        check_parts(self)
        return self

    @property
    def data_inputs(self) -> tuple[Input, ...]:
        """The inputs with data of their own: those of the Keras model. Others read one of these."""
        return tuple(branch for branch in self.inputs if not branch.reads)

    @property
    def names(self) -> frozenset[str]:
        """Every name a part has, and `trunk`."""
        parts: tuple[Input | Merge | Head, ...] = (*self.inputs, *self.merges, *self.heads)
        return frozenset({TRUNK, *(part.name for part in parts)})

    @property
    def digest(self) -> str:
        """A stable fingerprint: equal for equal architectures, on every machine.

        Fields at their defaults are left out, so that a new field does not change it.
        """
        text = json.dumps(self.data(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @property
    def trunk_source(self) -> str | None:
        """What the trunk reads: the last merge, the only branch, or nothing."""
        if self.merges:
            return self.merges[-1].name
        return self.inputs[0].name if len(self.inputs) == 1 else None

    def ordered_merges(self) -> list[tuple[int, Merge]]:
        """Merges with their indices, each after those it reads."""
        return ordered(self.merges)

    def reads(self, name: str) -> str:
        """The part that a head reads; a `trunk` of depth 0 means what the trunk would read."""
        if name == TRUNK and self.trunk.depth == 0 and self.trunk_source:
            return self.trunk_source
        return name

    def data(self) -> dict[str, Any]:
        """The architecture as plain JSON data, without what is at its default."""
        return self._data(whole=False)

    def _data(self, whole: bool) -> dict[str, Any]:
        return {
            "version": self.version,
            "name": self.name,
            "inputs": [_input_data(branch, whole) for branch in self.inputs],
            "merges": [_merge_data(merge, whole) for merge in self.merges],
            "trunk": _tagged(self.trunk, ("depth",), whole),
            "heads": [_tagged(head, ("name", "kind", "source"), whole) for head in self.heads],
        }

    def json_text(self) -> str:
        """The architecture with every field, as JSON text that `parse_json` reads back."""
        return json.dumps(self._data(whole=True), indent=1)


def parse(data: object) -> Architecture:
    """An architecture from plain data. Raises `SpecError` with the place of the first mistake."""
    if not isinstance(data, Mapping):
        raise SpecError(
            "An architecture must be a JSON object with `inputs` and `heads`.",
            type(data).__name__,
            "Start from one of the presets.",
        )
    version = data.get("version", VERSION)
    if version != VERSION:
        raise SpecError(
            f"This version can only read architectures of version {VERSION}.",
            version,
            "Open it in the playground that wrote it.",
            ("version",),
        )
    data = {key: value for key, value in data.items() if key != ABOUT}
    try:
        return Architecture.model_validate(data)
    except ValidationError as error:
        raise spec_error(error, data, _FIELDS) from None


def parse_json(text: str | bytes) -> Architecture:
    """An architecture from JSON text. Raises `SpecError` where it is not JSON or not valid."""
    return parse(loaded(text))


def loaded(text: str | bytes) -> object:
    """JSON text as plain data. Raises `SpecError` where it is none, or nests deeper than it may."""
    if len(text) > MOST_BYTES:
        raise SpecError(
            f"An architecture's JSON may have at most {byte_size(MOST_BYTES)}.",
            byte_size(len(text)),
            "Choose the file of an architecture.",
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        detail = str(error).splitlines()[0]
        raise SpecError(
            "An architecture's file must be JSON text.",
            detail,
            "Download one here to see the format.",
        ) from None
    if _is_deeper(data, MOST_DEPTH):
        raise SpecError(
            f"An architecture's JSON can't be nested more than {MOST_DEPTH} deep.",
            "JSON that is nested deeper",
            "Download one here to see the format.",
        )
    return data


def _is_deeper(data: object, depth: int) -> bool:
    level = [data]
    for _ in range(depth + 1):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


def _input_data(branch: Input, whole: bool) -> dict[str, Any]:
    data = _tagged(branch, ("name", "kind"), whole)
    data.pop("encoder", None)
    return {**data, "encoder": _tagged(branch.encoder, ("kind", "depth"), whole)}


def _merge_data(merge: Merge, whole: bool) -> dict[str, Any]:
    data = _tagged(merge, ("name", "kind", "sources"), whole)
    if data.pop("then", None) is not None:
        data["then"] = _tagged(merge.then, ("kind", "depth"), whole)
    return data


def _tagged(concept: Concept, first: Sequence[str], whole: bool) -> dict[str, Any]:
    """Some fields, then the others: all of them, or those that are not at their default."""
    data = concept.model_dump(mode="json", exclude_defaults=not whole)
    return {**{key: getattr(concept, key) for key in first}, **data}


_FIELDS = {"": [*Architecture.model_fields], TRUNK: [*Trunk.model_fields]}
