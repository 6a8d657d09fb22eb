"""`Architecture`: the whole declarative description of a model, a frozen value, JSON both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from components.core import text
from components.core.errors import SpecError, Where, suggest
from components.core.fields import hints
from components.core.registry import Concept
from components.core.text import quoted
from components.encoders.base import Activation, Dropout
from components.encoders.shared import Shared
from components.heads import HEADS
from components.heads.base import Head
from components.inputs import INPUTS
from components.inputs.base import Input, Name, encoders_for
from components.merges import MERGES
from components.merges.base import Merge

TRUNK = "trunk"
VERSION = 1
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

    title: ClassVar[str] = "Trunk"

    depth: int = Field(
        0, ge=0, le=8, description="Dense layers between the last merge and the heads."
    )
    units: int = Field(
        64,
        ge=1,
        le=65536,
        description="Width of each layer.",
        json_schema_extra=hints(step=8, unit="units", when="depth"),
    )
    activation: Activation = Field(
        "relu", description="Activation of each layer.", json_schema_extra=hints(when="depth")
    )
    dropout: Annotated[Dropout, Field(json_schema_extra=hints(step=0.05, when="depth"))] = 0.0


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
        _names_are_unique(self)
        _encoders_read_their_inputs(self)
        _layers_behind_merges_are_their_own(self)
        _sources_exist(self)
        _merges_have_an_order(self)
        _everything_reaches_a_head(self)
        return self

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
        """Merges with their places, each behind those it reads."""
        return _ordered(self.merges)

    def reads(self, name: str) -> str:
        """What a head's source stands for: `trunk` of depth 0 is what the trunk would read."""
        if name == TRUNK and self.trunk.depth == 0 and self.trunk_source:
            return self.trunk_source
        return name

    def data(self) -> dict[str, Any]:
        """The architecture as plain JSON data, without what is at its default."""
        dumped = self.model_dump(mode="json", exclude_defaults=True)
        parts: dict[str, Any] = {"version": self.version, "name": self.name}
        parts["inputs"] = [_input_data(i) for i in self.inputs]
        parts["merges"] = [_merge_data(m) for m in self.merges]
        parts["trunk"] = dumped.get("trunk", {"depth": 0})
        parts["heads"] = [_tagged(h, ("name", "kind", "source")) for h in self.heads]
        return parts

    def json_text(self) -> str:
        """The architecture as JSON text that `parse_json` reads back to an equal value."""
        return json.dumps(self.data(), indent=1)


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
            "Open it with a newer version, or save it as version 1.",
            ("version",),
        )
    try:
        return Architecture.model_validate(data)
    except ValidationError as error:
        raise _translated(error, data) from None


def parse_json(text: str | bytes) -> Architecture:
    """An architecture from JSON text. Raises `SpecError` where it is not JSON or not valid."""
    return parse(loaded(text))


def loaded(text: str | bytes) -> object:
    """JSON text as plain data. Raises `SpecError` where it is none, or nests deeper than it may."""
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


def _input_data(branch: Input) -> dict[str, Any]:
    data = _tagged(branch, ("name", "kind"))
    data.pop("encoder", None)
    return {**data, "encoder": _tagged(branch.encoder, ("kind", "depth"))}


def _merge_data(merge: Merge) -> dict[str, Any]:
    data = _tagged(merge, ("name", "kind", "sources"))
    if data.pop("then", None) is not None:
        data["then"] = _tagged(merge.then, ("kind", "depth"))
    return data


def _tagged(concept: Concept, first: Sequence[str]) -> dict[str, Any]:
    data = concept.model_dump(mode="json", exclude_defaults=True)
    return {**{key: getattr(concept, key) for key in first}, **data}


def _names_are_unique(spec: Architecture) -> None:
    seen: dict[str, str] = {TRUNK: "the trunk"}
    for part in ("inputs", "merges", "heads"):
        for index, item in enumerate(getattr(spec, part)):
            if item.name in seen:
                raise SpecError(
                    "Names of inputs, merges and heads must differ, and `trunk` is taken.",
                    f"{item.name}, which {seen[item.name]} has",
                    f"Rename one, for example to `{free_name(spec, item.name)}`.",
                    (part, index, "name"),
                )
            seen[item.name] = f"{part[:-1]} {index + 1}"


def free_name(spec: Architecture, wanted: str) -> str:
    """`wanted`, or the first of `wanted_2`, `wanted_3` … that no part of the architecture has."""
    stem = wanted.rstrip("0123456789").rstrip("_") or wanted
    return (
        wanted
        if wanted not in spec.names
        else text.free_name(stem, {stem, *spec.names}, longest=36)
    )


def _layers_behind_merges_are_their_own(spec: Architecture) -> None:
    for index, merge in enumerate(spec.merges):
        if isinstance(merge.then, Shared):
            raise SpecError(
                "Only an input can share the encoder of another input; layers after a merge can't.",
                f"shared after {merge.name}",
                "Choose another encoder, or `passthrough`.",
                ("merges", index, "then", "kind"),
            )


def _encoders_read_their_inputs(spec: Architecture) -> None:
    by_name = {i.name: i for i in spec.inputs}
    for index, branch in enumerate(spec.inputs):
        encoder = branch.encoder
        if branch.form not in encoder.takes:
            raise SpecError(
                f"An encoder must be able to read its input; {branch.title.lower()} can be read by "
                f"{quoted(encoders_for(branch.form))}.",
                f"{encoder.kind} on {branch.name}",  # type: ignore[attr-defined]
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
        raise SpecError("A shared encoder must point to another input.", wanted, fix, where)
    if isinstance(other.encoder, Shared):
        raise SpecError(
            "A shared encoder must point to an input with its own encoder.", wanted, fix, where
        )
    if signature(other) != signature(branch):
        raise SpecError(
            "Inputs that share an encoder must be of the same kind and shape.",
            f"{branch.name} {branch.shape} and {other.name} {other.shape}",
            fix,
            where,
        )


def signature(branch: Input) -> tuple[object, ...]:
    return (branch.form, branch.shape, branch.cardinality)


def _sources_exist(spec: Architecture) -> None:
    known = [i.name for i in spec.inputs] + [m.name for m in spec.merges]
    for index, merge in enumerate(spec.merges):
        where: Where = ("merges", index, "sources")
        for source in merge.sources:
            if source not in known:
                fix = suggest(source, [name for name in known if name != merge.name])
                raise SpecError(
                    "A merge can only join branches or other merges.", source, fix, where
                )
    for index, head in enumerate(spec.heads):
        where = ("heads", index, "source")
        if head.source == TRUNK:
            if spec.trunk_source is None:
                raise SpecError(
                    "The trunk needs a merge or a single branch to read.",
                    f"{head.name} reads the trunk of several branches without a merge",
                    "Add a merge, or let the head read a branch.",
                    where,
                )
        elif head.source not in known:
            fix = suggest(head.source, [*known, TRUNK])
            raise SpecError(
                "A head can only read a branch, a merge or `trunk`.", head.source, fix, where
            )


def _ordered(merges: Sequence[Merge]) -> list[tuple[int, Merge]]:
    names = {merge.name for merge in merges}
    done: set[str] = set()
    order: list[tuple[int, Merge]] = []
    waiting = list(enumerate(merges))
    while waiting:
        ready = [(i, m) for i, m in waiting if all(s in done or s not in names for s in m.sources)]
        if not ready:
            index, merge = waiting[0]
            raise SpecError(
                "Merges must not read each other in a cycle.",
                " and ".join(m.name for _, m in waiting),
                f"Remove {quoted([s for s in merge.sources if s in names])} from the sources of "
                f"`{merge.name}`.",
                ("merges", index, "sources"),
            )
        order.extend(ready)
        done.update(merge.name for _, merge in ready)
        waiting = [item for item in waiting if item not in ready]
    return order


def _merges_have_an_order(spec: Architecture) -> None:
    _ordered(spec.merges)


def _everything_reaches_a_head(spec: Architecture) -> None:
    reached = set(_upstream(spec))
    if spec.trunk.depth:
        if spec.trunk_source is None:
            raise SpecError(
                "The trunk needs a merge or a single branch to read.",
                f"a trunk of depth {spec.trunk.depth} without a merge",
                "Add a merge, or set the trunk's depth to 0.",
                ("trunk", "depth"),
            )
        if all(head.source != TRUNK for head in spec.heads):
            raise SpecError(
                "A trunk with layers must be read by a head.",
                f"a trunk of depth {spec.trunk.depth} that no head reads",
                "Let a head read `trunk`, or set the trunk's depth to 0.",
                ("trunk", "depth"),
            )
    for part in ("inputs", "merges"):
        for index, item in enumerate(getattr(spec, part)):
            if item.name not in reached:
                raise SpecError(
                    f"Every {part[:-1]} must reach a head.",
                    f"{item.name}, which nothing reads",
                    _fix_unread(spec, item.name),
                    (part, index, "name"),
                )


def _fix_unread(spec: Architecture, name: str) -> str:
    merges = [merge.name for merge in spec.merges if merge.name != name]
    into = f"the sources of {' or '.join(f'`{m}`' for m in merges)}" if merges else "a merge"
    return f"Add it to {into}, let a head read it, or remove it."


def _upstream(spec: Architecture) -> Iterator[str]:
    merges = {merge.name: merge for merge in spec.merges}
    waiting = [spec.trunk_source if head.source == TRUNK else head.source for head in spec.heads]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name is None or name in seen:
            continue
        seen.add(name)
        yield name
        if name in merges:
            waiting.extend(merges[name].sources)


def _translated(error: ValidationError, data: object) -> SpecError:
    """Pydantic's first complaint as one of ours."""
    first = error.errors(include_url=False)[0]
    where, holder = _located(first["loc"], data)
    field = str(where[-1]) if where else "architecture"
    path = ".".join(str(step) for step in where) or "architecture"
    context = first.get("ctx", {})
    received = first.get("input")
    kind = first["type"]
    if kind == "extra_forbidden":
        known = _known_fields(where[:-1], holder)
        return SpecError("Only known fields may be used.", path, suggest(field, known), where)
    if kind == "missing":
        return SpecError(f"`{path}` needs a value.", "nothing", f"Add `{field}`.", where)
    if kind in ("union_tag_invalid", "literal_error"):
        options = [
            o.strip(" '")
            for o in str(context.get("expected_tags") or context.get("expected", ""))
            .replace(" or ", ",")
            .split(",")
        ]
        tag = context.get("tag", received)
        if _is_raw_function(str(tag)):
            return SpecError(
                "A raw TensorFlow function can't be used on the symbolic tensors of a Keras model; "
                "`keras.ops` has its counterpart.",
                tag,
                "To average the features of a vector, use the encoder `mean`: "
                "keras.ops.mean(x, axis=-1, keepdims=True), which keeps the axis.",
                (*where, "kind"),
            )
        kinded = (*where, "kind") if kind == "union_tag_invalid" else where
        return SpecError(f"`{path}` must be a known one.", tag, suggest(str(tag), options), kinded)
    if kind == "union_tag_not_found":
        return SpecError(f"`{path}` must have a `kind`.", "none", "Add `kind`.", (*where, "kind"))
    if kind == "string_pattern_mismatch":
        return SpecError(
            "A name must be a letter, then letters, digits and underscores, at most 40 in all.",
            _short(received),
            "Use a name such as `image_2`.",
            where,
        )
    return SpecError(
        f"`{path}` must be valid: {first['msg'].rstrip('.')}.",
        _short(received),
        _fix(context),
        where,
    )


_RAW = ("expand_dims", "reduce_mean", "reduce_sum", "reduce_max", "squeeze", "lambda")


def _is_raw_function(kind: str) -> bool:
    """Whether a kind is what people write who put TensorFlow's functions between layers."""
    return kind.lower().startswith(("tf.", "tensorflow.")) or kind.lower() in _RAW


def _fix(context: Mapping[str, Any]) -> str:
    bounds = {
        "ge": "Use {} or more.",
        "le": "Use {} or less.",
        "min_length": "Give at least {}.",
        "max_length": "Give at most {}.",
    }
    for key, words in bounds.items():
        if key in context:
            return words.format(context[key])
    return "Correct the value."


def _short(value: object) -> str:
    text = str(value) or "nothing"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _located(loc: Sequence[str | int], data: object) -> tuple[Where, object]:
    """A pydantic location as a path in the data, without the tags pydantic puts in for unions."""
    where: list[str | int] = []
    here, holder = data, data
    for step in loc:
        if isinstance(here, Mapping) and step == here.get("kind") and step not in here:
            continue
        where.append(step)
        holder = here
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, Sequence) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            here = None
    return tuple(where), holder


def _known_fields(where: Where, holder: object) -> list[str]:
    if not where:
        return list(Architecture.model_fields)
    if where == ("trunk",):
        return list(Trunk.model_fields)
    from components.encoders import ENCODERS

    kind = holder.get("kind") if isinstance(holder, Mapping) else None
    registries: dict[object, Mapping[str, type[Concept]]] = {
        "inputs": dict(INPUTS.items()),
        "merges": dict(MERGES.items()),
        "heads": dict(HEADS.items()),
        "encoder": dict(ENCODERS.items()),
    }
    family = registries["encoder" if where[-1] in ("encoder", "then") else where[0]]
    return list(family[str(kind)].model_fields) if kind in family else ["kind"]
