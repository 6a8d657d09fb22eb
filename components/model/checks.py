"""The rules that hold between the parts of an architecture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from components.core import text
from components.core.errors import SpecError, Where, suggest
from components.core.text import quoted
from components.encoders.shared import Shared
from components.heads.base import Head
from components.inputs.base import Input, encoders_for
from components.merges.base import Merge

TRUNK = "trunk"
"""The name of the trunk, which no part may have."""


class Depth(Protocol):
    """The trunk, as the rules read it."""

    @property
    def depth(self) -> int: ...


class Parts(Protocol):
    """An architecture, as the rules read it."""

    @property
    def inputs(self) -> tuple[Input, ...]: ...

    @property
    def merges(self) -> tuple[Merge, ...]: ...

    @property
    def heads(self) -> tuple[Head, ...]: ...

    @property
    def trunk(self) -> Depth: ...

    @property
    def names(self) -> frozenset[str]: ...

    @property
    def trunk_source(self) -> str | None: ...


def check_parts(spec: Parts) -> None:
    """Raises `SpecError` if the parts don't fit together."""
    _names_are_unique(spec)
    _encoders_read_their_inputs(spec)
    _data_is_of_another_input(spec)
    _layers_after_merges_are_their_own(spec)
    _sources_exist(spec)
    ordered(spec.merges)
    _everything_reaches_a_head(spec)


def _names_are_unique(spec: Parts) -> None:
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


def free_name(spec: Parts, wanted: str) -> str:
    """`wanted`, or the first of `wanted_2`, `wanted_3` … that no part of the architecture has."""
    stem = wanted.rstrip("0123456789").rstrip("_") or wanted
    taken = {stem, *spec.names}
    return text.free_name(stem, taken, longest=36) if wanted in spec.names else wanted


def _layers_after_merges_are_their_own(spec: Parts) -> None:
    for index, merge in enumerate(spec.merges):
        if isinstance(merge.then, Shared):
            raise SpecError(
                "Only an input can share the encoder of another input; layers after a merge can't.",
                f"shared after {merge.name}",
                "Choose another encoder, or `passthrough`.",
                ("merges", index, "then", "kind"),
            )


def _encoders_read_their_inputs(spec: Parts) -> None:
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


def _data_is_of_another_input(spec: Parts) -> None:
    for index, branch in enumerate(spec.inputs):
        if not branch.reads:
            continue
        where: Where = ("inputs", index, "reads")
        fits = readable(spec, branch)
        fix = f"Choose {quoted(fits)}." if fits else "Let it have data of its own."
        other = next((i for i in spec.inputs if i.name == branch.reads), None)
        if other is None or other.name == branch.name or other.reads:
            rule = "A branch can only read the data of another input that has data of its own."
            raise SpecError(rule, branch.reads, fix, where)
        if isinstance(other.encoder, Shared):
            rule = "A branch can't read the data of an input that shares another's encoder."
            raise SpecError(rule, branch.reads, fix, where)
        if sizes(other) != sizes(branch):
            raise SpecError(
                "A branch that reads an input's data must be of the same kind and sizes.",
                f"{branch.name} {branch.shape} and {other.name} {other.shape}",
                fix,
                where,
            )


def readable(spec: Parts, branch: Input) -> list[str]:
    """The inputs whose data a branch can read."""
    return [
        other.name
        for other in spec.inputs
        if other.name != branch.name
        and not other.reads
        and not isinstance(other.encoder, Shared)
        and sizes(other) == sizes(branch)
    ]


def sizes(branch: Input) -> dict[str, object]:
    """The fields of an input's data: its kind and its sizes."""
    return {
        name: getattr(branch, name)
        for name in type(branch).model_fields
        if name not in ("name", "label", "encoder", "reads")
    }


def build_order(branch: Input) -> int:
    """Branches that read others' data come after those with their own, shared encoders last."""
    return 2 if isinstance(branch.encoder, Shared) else int(bool(branch.reads))


def signature(branch: Input) -> tuple[object, ...]:
    """What must be equal for inputs that share an encoder."""
    return (branch.form, branch.shape, branch.cardinality)


def _sources_exist(spec: Parts) -> None:
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


def ordered(merges: Sequence[Merge]) -> list[tuple[int, Merge]]:
    """Merges with their indices, each after those it reads. Raises `SpecError` for a cycle."""
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


def _everything_reaches_a_head(spec: Parts) -> None:
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


def _fix_unread(spec: Parts, name: str) -> str:
    merges = [merge.name for merge in spec.merges if merge.name != name]
    into = f"the sources of {' or '.join(f'`{m}`' for m in merges)}" if merges else "a merge"
    return f"Add it to {into}, let a head read it, or remove it."


def _upstream(spec: Parts) -> Iterator[str]:
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
