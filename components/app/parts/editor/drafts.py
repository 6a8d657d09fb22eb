"""Drafts: architectures as plain data, which may be invalid during editing."""

from __future__ import annotations

from typing import Any

from components.models.architecture.architecture import (
    TRUNK,
    Architecture,
    Trunk,
    free_name,
    readable,
    signature,
)
from components.models.encoders import ENCODERS
from components.models.encoders.base import Form
from components.models.encoders.shared import Shared
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.language.graph import Graph
from components.models.language.registry import Registry
from components.models.merges import MERGES
from components.models.merges.base import KINDS

Draft = dict[str, Any]
Path = tuple[str | int, ...]
LISTS: dict[str, Registry[Any]] = {"inputs": INPUTS, "merges": MERGES, "heads": HEADS}
"""Lists of parts, with the registries of their kinds."""


class PartGoneError(LookupError):
    """The part to change was removed after its widget was drawn."""


def drafted(architecture: Architecture) -> Draft:
    """Return an architecture as a draft with every field."""
    marks = [mark.model_dump(mode="json") for mark in architecture.marks]
    return {**architecture.model_dump(mode="json"), "marks": marks}


def plain(draft: Draft) -> Draft:
    """Return the draft without the keys of its parts, as `architecture.parse` reads it."""
    lists = {
        part: [
            {field: value for field, value in item.items() if field != "key"}
            for item in draft[part]
        ]
        for part in LISTS
    }
    return {**draft, **lists}


def completed(draft: Draft) -> Draft:
    """Return a stored draft with default values for fields that are newer than the draft.

    Raises `SpecError` for an unknown kind.
    """
    lists = {
        part: [_completed(item, kinds) for item in draft[part]] for part, kinds in LISTS.items()
    }
    trunk = Trunk().model_dump(mode="json") | draft["trunk"]
    return {"marks": [], **draft, **lists, "trunk": trunk}


def _completed(part: Draft, kinds: Registry[Any]) -> Draft:
    concept = kinds[part["kind"]]
    added = {*concept.model_fields} - part.keys()
    inner = {
        name: _completed(part[name], ENCODERS)
        for name in ("encoder", "then")
        if isinstance(part.get(name), dict)
    }
    return {**concept.model_construct().model_dump(mode="json", include=added), **part, **inner}


def unchecked(draft: Draft) -> Architecture:
    """Return the draft as an unvalidated architecture, to read names, sources and shapes."""
    parts: dict[str, Any] = {
        part: tuple(kinds[item["kind"]].model_construct(**item) for item in draft[part])
        for part, kinds in LISTS.items()
    }
    return Architecture.model_construct(**parts)


def index_of(draft: Draft, part: str, key: str) -> int:
    """Return the index of the part with this key. Raises `PartGoneError` if there is none."""
    for index, item in enumerate(draft[part]):
        if item["key"] == key:
            return index
    raise PartGoneError(key)


def by_key(draft: Draft, path: Path) -> Path:
    """Return the path with the part's key instead of its index."""
    match path:
        case (str(part), int(index), *rest):
            return (part, draft[part][index]["key"], *rest)
    return path


def at(draft: Draft, path: Path) -> Any:
    """Return the value at a path, which refers to an item of a list by its index or its key."""
    match path:
        case (str(part), str(key), *rest) if isinstance(draft[part], list):
            path = (part, index_of(draft, part, key), *rest)
    value: Any = draft
    for step in path:
        value = value[step]
    return value


def put(draft: Draft, path: Path, value: Any) -> None:
    """Set the value at a path, as in `at`."""
    at(draft, path[:-1])[path[-1]] = value


def names(draft: Draft) -> frozenset[str]:
    """Return all names in use, including `trunk`."""
    return unchecked(draft).names


def title(part: Draft) -> str:
    """Return the label of a part, or its name without one."""
    return str(part.get("label") or part["name"])


def titles(draft: Draft) -> dict[str, str]:
    """Return the titles of branches and merges by name: the sources of merges and heads."""
    return {part["name"]: title(part) for part in (*draft["inputs"], *draft["merges"])}


def fresh(draft: Draft, wanted: str) -> str:
    """Return `wanted`, or the first unused name of `wanted_2`, `wanted_3` …"""
    return free_name(unchecked(draft), wanted)


def sources(draft: Draft) -> list[str]:
    """Return the possible sources of a merge or a head: branches, then merges."""
    return [item["name"] for item in (*draft["inputs"], *draft["merges"])]


def input_index(draft: Draft, name: str) -> int | None:
    """Return the index of the input with that name; `None` if there is none."""
    indices = (index for index, item in enumerate(draft["inputs"]) if item["name"] == name)
    return next(indices, None)


def trunk_source(draft: Draft) -> str | None:
    """Return the source of the trunk: the last merge, the only branch, or `None`."""
    return unchecked(draft).trunk_source


def unread(draft: Draft) -> list[str]:
    """Return the branches and merges that nothing reads."""
    read = {source for merge in draft["merges"] for source in merge["sources"]}
    read |= {head["source"] for head in draft["heads"]}
    if TRUNK in read:
        read.add(trunk_source(draft))
    return [name for name in sources(draft) if name not in read]


def headless(draft: Draft) -> list[str]:
    """Return the branches that no head reads directly."""
    trunk = None if draft["trunk"]["depth"] else trunk_source(draft)
    read = {trunk if head["source"] == TRUNK else head["source"] for head in draft["heads"]}
    return [item["name"] for item in draft["inputs"] if item["name"] not in read]


def outline(draft: Draft) -> Draft:
    """Return what is shown outside the boxes of the parts, too.

    Of an encoder this is its kind, of merges and heads the name.
    """
    inputs = [{**item, "encoder": item["encoder"]["kind"]} for item in draft["inputs"]]
    named = {part: [(item["key"], item["name"]) for item in draft[part]] for part in LISTS}
    # The menu of heads has an item for branches without a head.
    return {**draft, **named, "inputs": inputs, TRUNK: bool(headless(draft))}


def lenders(draft: Draft, index: int) -> list[str]:
    """Return the inputs of the same shape as this one, whose encoder it could share."""
    inputs = unchecked(draft).inputs
    wanted = signature(inputs[index])
    return [item.name for item in inputs if item is not inputs[index] and signature(item) == wanted]


def readable_data(draft: Draft, index: int) -> list[str]:
    """Return the inputs whose data this branch can read."""
    whole = unchecked(draft)
    return readable(whole, whole.inputs[index])


def can_share(draft: Draft, index: int) -> bool:
    """Return `True` if an input shares the encoder of another, or could."""
    kind = Shared.model_fields["kind"].default
    return draft["inputs"][index]["encoder"]["kind"] == kind or bool(lenders(draft, index))


def output_forms(merge: Draft, graph: Graph | None) -> frozenset[Form]:
    """Return the possible forms of a merge's output.

    They come from its encoder or from the last build; all forms if they are unknown.
    """
    if merge["then"]["depth"]:
        return ENCODERS[merge["then"]["kind"]].takes
    members = graph.members(merge["name"]) if graph else ()
    ranks = [len(node.shape) for node in members if node.state == "built" and not node.hidden]
    return frozenset({KINDS[ranks[-1]]} if ranks and ranks[-1] in KINDS else KINDS.values())
