"""`Architecture`: the whole declarative description of a model, a frozen value, JSON both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from components.base import text
from components.base.errors import SpecError, Where, suggest
from components.base.text import byte_size, plural, quoted
from components.base.versions import MODEL
from components.models.architecture.architecture_errors import spec_error
from components.models.architecture.marks import Mark
from components.models.encoders.base import Activation, Dropout, StackEnd
from components.models.encoders.shared import Shared
from components.models.heads import HEADS
from components.models.heads.base import Head
from components.models.inputs import INPUTS
from components.models.inputs.base import Input, Name, encoders_for, filling, presence
from components.models.language.fields import EachLayer, PerLayer, hints, number
from components.models.language.registry import Concept
from components.models.merges import MERGES
from components.models.merges.base import Merge

TRUNK = "trunk"
"""Name of the trunk, which no part may have."""
ABOUT = "about"
"""Key of facts about the model in a file, such as a preset's source; no part of the model."""
MOST_BYTES = 1_000_000
"""Largest JSON of an architecture that is read, in bytes."""
MOST_MERGES = 12
MOST_DEPTH = 20
"""Depth to which the JSON of an architecture may nest; a valid one nests 5 deep."""


def check_parts(architecture: Architecture) -> None:
    """Raise `SpecError` if the parts don't fit together."""
    _names_are_unique(architecture)
    _encoders_read_their_inputs(architecture)
    _data_is_of_another_input(architecture)
    _labels_are_of_another_head(architecture)
    _fillings_fit(architecture)
    _layers_after_merges_are_their_own(architecture)
    _sources_exist(architecture)
    ordered(architecture.merges)
    _everything_reaches_a_head(architecture)


def _names_are_unique(architecture: Architecture) -> None:
    seen: dict[str, str] = {TRUNK: "the trunk"}
    reserved = {
        own(name): name for name in architecture.may_be_missing for own in (presence, filling)
    }
    for part in ("inputs", "merges", "heads"):
        for index, item in enumerate(getattr(architecture, part)):
            if item.name in reserved:
                of = reserved[item.name]
                raise SpecError(
                    f"`{item.name}` is reserved while the input `{of}` may be missing.",
                    item.name,
                    f"Rename this part, or set “If missing” of `{of}` to `never`.",
                    (part, index, "name"),
                )
            if item.name in seen:
                raise SpecError(
                    f"`{item.name}` is the name of two parts of the model, or of the trunk.",
                    f"{item.name}, which {seen[item.name]} has",
                    f"Rename one, for example to `{free_name(architecture, item.name)}`.",
                    (part, index, "name"),
                )
            seen[item.name] = f"{part[:-1]} {index + 1}"


def free_name(architecture: Architecture, wanted: str) -> str:
    """Return `wanted`, or the first of `wanted_2`, `wanted_3` … that no part has."""
    stem = wanted.rstrip("0123456789").rstrip("_") or wanted
    taken = {stem, *architecture.names}
    return text.free_name(stem, taken, longest=36) if wanted in architecture.names else wanted


def _layers_after_merges_are_their_own(architecture: Architecture) -> None:
    for index, merge in enumerate(architecture.merges):
        if isinstance(merge.then, Shared):
            raise SpecError(
                "Only an input can share the encoder of another input; layers after a merge can't.",
                f"shared after {merge.name}",
                "Choose another encoder, or `passthrough`.",
                ("merges", index, "then", "kind"),
            )


def _encoders_read_their_inputs(architecture: Architecture) -> None:
    by_name = {i.name: i for i in architecture.inputs}
    for index, branch in enumerate(architecture.inputs):
        encoder = branch.encoder
        if branch.form not in encoder.takes:
            raise SpecError(
                f"The encoder {encoder.title} can't read `{branch.name}`. {branch.title} can "
                f"be read by {quoted(encoders_for(branch.form))}.",
                encoder.title,
                f"Choose `{encoders_for(branch.form)[0]}`.",
                ("inputs", index, "encoder", "kind"),
            )
        if isinstance(encoder, Shared):
            _can_share(branch, by_name.get(encoder.branch), encoder.branch, index, by_name)


def _can_share(
    branch: Input, other: Input | None, wanted: str, index: int, by_name: Mapping[str, Input]
) -> None:
    where: Where = ("inputs", index, "encoder", "branch")
    fits = [
        i.name
        for i in by_name.values()
        if i.name != branch.name
        and signature(i) == signature(branch)
        and not isinstance(i.encoder, Shared)
    ]
    fix = (
        f"Choose {quoted(fits)}."
        if fits
        else "Duplicate the input whose encoder you want to share."
    )
    if other is None or other.name == branch.name:
        raise SpecError(
            f"`{branch.name}` can only share the encoder of another input.", wanted, fix, where
        )
    if isinstance(other.encoder, Shared):
        raise SpecError(f"`{wanted}` has no encoder of its own to share.", wanted, fix, where)
    if signature(other) != signature(branch):
        raise SpecError(
            "Only inputs of the same kind and shape can share an encoder.",
            f"{branch.name} {branch.shape} and {other.name} {other.shape}",
            fix,
            where,
        )


def _data_is_of_another_input(architecture: Architecture) -> None:
    for index, branch in enumerate(architecture.inputs):
        if not branch.reads:
            continue
        where: Where = ("inputs", index, "reads")
        fits = readable(architecture, branch)
        fix = f"Choose {quoted(fits)}." if fits else "Let it have data of its own."
        other = next((i for i in architecture.inputs if i.name == branch.reads), None)
        if other is None or other.name == branch.name or other.reads:
            rule = "A branch can only read the data of another input that has data of its own."
            raise SpecError(rule, branch.reads, fix, where)
        if isinstance(other.encoder, Shared):
            rule = "A branch can't read the data of an input that shares another's encoder."
            raise SpecError(rule, branch.reads, fix, where)
        if sizes(other) != sizes(branch):
            raise SpecError(
                "A branch can only read the data of an input of the same kind and sizes.",
                f"{branch.name} {branch.shape} and {other.name} {other.shape}",
                fix,
                where,
            )


def _labels_are_of_another_head(architecture: Architecture) -> None:
    for index, head in enumerate(architecture.heads):
        if not head.labels:
            continue
        fits = [
            other.name
            for other in architecture.data_heads
            if (other.target, other.width) == (head.target, head.width)
        ]
        if head.labels not in fits:
            raise SpecError(
                "A head can only learn the labels of a head of the same kind and width that has "
                "labels of its own.",
                head.labels,
                f"Choose {quoted(fits)}." if fits else "Let it have labels of its own.",
                ("heads", index, "labels"),
            )


def _fillings_fit(architecture: Architecture) -> None:
    for index, branch in enumerate(architecture.inputs):
        if branch.cardinality and branch.has_mean:
            raise SpecError(
                f"Ids of `{branch.name}` have no mean; where it is missing, only zeros can stand.",
                branch.missing,
                "Set “If missing” to `zeros`. An embedding learns a vector for id 0.",
                ("inputs", index, "missing"),
            )


def readable(architecture: Architecture, branch: Input) -> list[str]:
    """Return the inputs whose data a branch can read."""
    return [
        other.name
        for other in architecture.inputs
        if other.name != branch.name
        and not other.reads
        and not isinstance(other.encoder, Shared)
        and sizes(other) == sizes(branch)
    ]


def sizes(branch: Input) -> dict[str, object]:
    """Return the fields of an input's data: its kind and its sizes."""
    return {
        name: getattr(branch, name)
        for name in type(branch).model_fields
        if name not in Input.model_fields
    }


def build_order(branch: Input) -> int:
    """Return the order of building: own data first, then data of others, then shared encoders."""
    return 2 if isinstance(branch.encoder, Shared) else int(bool(branch.reads))


def signature(branch: Input) -> tuple[object, ...]:
    """Return the values that must be equal for inputs that share an encoder."""
    return (branch.form, branch.shape, branch.cardinality)


def _sources_exist(architecture: Architecture) -> None:
    known = [i.name for i in architecture.inputs] + [m.name for m in architecture.merges]
    for index, merge in enumerate(architecture.merges):
        where: Where = ("merges", index, "sources")
        for source in merge.sources:
            if source not in known:
                fix = suggest(source, [name for name in known if name != merge.name])
                raise SpecError(
                    f"There is no branch or merge `{source}` for `{merge.name}` to join.",
                    source,
                    fix,
                    where,
                )
    for index, head in enumerate(architecture.heads):
        where = ("heads", index, "source")
        if head.source == TRUNK:
            if architecture.trunk_source is None:
                raise SpecError(
                    "The trunk needs a merge or a single branch to read.",
                    f"{head.name} reads the trunk of several branches without a merge",
                    "Add a merge, or let the head read a branch.",
                    where,
                )
        elif head.source not in known:
            fix = suggest(head.source, [*known, TRUNK])
            raise SpecError(
                f"There is no branch or merge `{head.source}` for `{head.name}` to read.",
                head.source,
                fix,
                where,
            )


def ordered(merges: Sequence[Merge]) -> list[tuple[int, Merge]]:
    """Sort merges, with their indices, behind those they read. Raises `SpecError` for a cycle."""
    names = {merge.name for merge in merges}
    done: set[str] = set()
    order: list[tuple[int, Merge]] = []
    waiting = list(enumerate(merges))
    while waiting:
        ready = [(i, m) for i, m in waiting if all(s in done or s not in names for s in m.sources)]
        if not ready:
            index, merge = waiting[0]
            raise SpecError(
                "The merges read each other in a cycle.",
                " and ".join(m.name for _, m in waiting),
                f"Remove {quoted([s for s in merge.sources if s in names])} from the sources of "
                f"`{merge.name}`.",
                ("merges", index, "sources"),
            )
        order.extend(ready)
        done.update(merge.name for _, merge in ready)
        waiting = [item for item in waiting if item not in ready]
    return order


def _everything_reaches_a_head(architecture: Architecture) -> None:
    reached = architecture.upstream(*(head.source for head in architecture.heads))
    if architecture.trunk.depth:
        if architecture.trunk_source is None:
            raise SpecError(
                "The trunk needs a merge or a single branch to read.",
                f"a trunk of depth {architecture.trunk.depth} without a merge",
                "Add a merge, or set the trunk's depth to 0.",
                ("trunk", "depth"),
            )
        if all(head.source != TRUNK for head in architecture.heads):
            raise SpecError(
                f"The trunk has {plural(architecture.trunk.depth, 'layer')}, but no head reads it.",
                architecture.trunk.depth,
                "Let a head read `trunk`, or set the trunk's depth to 0.",
                ("trunk", "depth"),
            )
    for part in ("inputs", "merges"):
        for index, item in enumerate(getattr(architecture, part)):
            if item.name not in reached:
                raise SpecError(
                    f"Nothing reads the {part[:-1]} `{item.name}`, so it reaches no head.",
                    item.name,
                    _fix_unread(architecture, item.name),
                    (part, index, "name"),
                )


def _fix_unread(architecture: Architecture, name: str) -> str:
    merges = [merge.name for merge in architecture.merges if merge.name != name]
    into = f"the sources of {' or '.join(f'`{m}`' for m in merges)}" if merges else "a merge"
    return f"Add it to {into}, let a head read it, or remove it."


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

    name: Name = "model"
    inputs: Annotated[tuple[AnyInput, ...], Field(min_length=1, max_length=12)]
    merges: Annotated[tuple[AnyMerge, ...], Field(max_length=MOST_MERGES)] = ()
    trunk: Trunk = Trunk()
    heads: Annotated[tuple[AnyHead, ...], Field(min_length=1, max_length=12)]
    marks: Annotated[tuple[Mark, ...], Field(max_length=100)] = Field((), exclude=True)
    """Own emphasis in pictures, which is part neither of the model nor of its digest."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        check_parts(self)
        return self

    @property
    def data_inputs(self) -> tuple[Input, ...]:
        """Inputs with data of their own: those of the Keras model. Others read one of these."""
        return tuple(branch for branch in self.inputs if not branch.reads)

    @property
    def data_heads(self) -> tuple[Head, ...]:
        """Heads with labels of their own. Others learn those of one of these."""
        return tuple(head for head in self.heads if not head.labels)

    @property
    def may_be_missing(self) -> tuple[str, ...]:
        """Names of the inputs that some samples may lack."""
        return tuple(branch.name for branch in self.data_inputs if branch.missing != "never")

    @property
    def model_inputs(self) -> dict[str, str]:
        """Inputs of the Keras model by name, each with the name of the input that it belongs to.

        Inputs with data come first, then those with the presence of samples.
        """
        names = {branch.name: branch.name for branch in self.data_inputs}
        return names | {presence(name): name for name in self.may_be_missing}

    @property
    def names(self) -> frozenset[str]:
        """Names of all parts, and `trunk`."""
        parts: tuple[Input | Merge | Head, ...] = (*self.inputs, *self.merges, *self.heads)
        return frozenset({TRUNK, *(part.name for part in parts)})

    @property
    def digest(self) -> str:
        """Stable fingerprint: equal for equal architectures, on every machine.

        Fields at their defaults are left out, so that a new field does not change it.
        """
        parts = self.unmarked._parts(whole=False)
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @property
    def trunk_source(self) -> str | None:
        """Source of the trunk: the last merge, the only branch, or `None`."""
        if self.merges:
            return self.merges[-1].name
        return self.inputs[0].name if len(self.inputs) == 1 else None

    @property
    def unmarked(self) -> Architecture:
        """Model without emphasis in its pictures."""
        return self.with_marks(())

    def with_marks(self, marks: tuple[Mark, ...]) -> Architecture:
        """Return the same model with this emphasis in its pictures."""
        return self if marks == self.marks else self.model_copy(update={"marks": marks})

    def ordered_merges(self) -> list[tuple[int, Merge]]:
        """Return merges with their indices, each after those it reads."""
        return ordered(self.merges)

    def reads(self, name: str) -> str:
        """Return the part that a head reads; a `trunk` of depth 0 stands for its source."""
        if name == TRUNK and self.trunk.depth == 0 and self.trunk_source:
            return self.trunk_source
        return name

    def upstream(self, *names: str) -> set[str]:
        """Return the names of parts and of all their sources, direct or not."""
        reads = {merge.name: merge.sources for merge in self.merges}
        reads[TRUNK] = (self.trunk_source,) if self.trunk_source else ()
        waiting, seen = [*names], set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(reads.get(name, ()))
        return seen

    def data(self) -> dict[str, Any]:
        """Return the architecture as plain JSON data, without fields at their defaults."""
        return MODEL.numbered(self._parts(whole=False))

    def _parts(self, whole: bool) -> dict[str, Any]:
        data = {
            "name": self.name,
            "inputs": [_input_data(branch, whole) for branch in self.inputs],
            "merges": [_merge_data(merge, whole) for merge in self.merges],
            "trunk": _tagged(self.trunk, ("depth",), whole),
            "heads": [_tagged(head, ("name", "kind", "source"), whole) for head in self.heads],
        }
        if self.marks:
            data["marks"] = [_tagged(mark, ("part",), whole=False) for mark in self.marks]
        return data

    def json_text(self) -> str:
        """Return the architecture with every field, as JSON text that `parse_json` reads back."""
        return json.dumps(MODEL.numbered(self._parts(whole=True)), indent=1)


def parse(data: object) -> Architecture:
    """Return an architecture from plain data. Raises `SpecError` at the first mistake's place."""
    if not isinstance(data, Mapping):
        raise SpecError(
            "This is not a model in JSON, an object with `inputs` and `heads`.",
            type(data).__name__,
            "Start from one of the presets.",
        )
    data = MODEL.read_part(data)
    data.pop(ABOUT, None)
    try:
        return Architecture.model_validate(data)
    except ValidationError as error:
        raise spec_error(error, Architecture, data) from None


def parse_json(text: str | bytes) -> Architecture:
    """Return an architecture from JSON text. Raises `SpecError` if it is not JSON or not valid."""
    data = loaded(text)
    return parse(MODEL.read(data) if isinstance(data, Mapping) else data)


def loaded(text: str | bytes) -> object:
    """Return JSON text as plain data. Raises `SpecError` if it is malformed or nests too deep."""
    if len(text) > MOST_BYTES:
        raise SpecError(
            f"An architecture's JSON may have at most {byte_size(MOST_BYTES)}.",
            byte_size(len(text)),
            "Choose the file of an architecture.",
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = ""
        if isinstance(error, json.JSONDecodeError):
            where = f"line {error.lineno}, column {error.colno} can't be read"
        raise SpecError(
            "This text is not JSON.",
            where,
            "Download a model as JSON to see the format.",
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
    """Return the fields `first`, then the others: all of them, or those not at their default."""
    data = concept.model_dump(mode="json", exclude_defaults=not whole)
    return {**{key: getattr(concept, key) for key in first}, **data}
