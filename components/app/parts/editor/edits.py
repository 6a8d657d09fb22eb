"""Edits of a draft in place: add, move, rename, change and remove parts.

If an edit changes a name, it also changes the name in the parts that use it.
"""

from __future__ import annotations

import copy
from typing import Any

from pydantic import BaseModel

from components.app.parts.editor.drafts import (
    LISTS,
    Draft,
    Path,
    at,
    fresh,
    headless,
    lenders,
    names,
    put,
    sources,
    trunk_source,
    unread,
)
from components.base.text import free_name, identifier, one_line
from components.models.architecture.architecture import TRUNK
from components.models.architecture.marks import Mark
from components.models.encoders import ENCODERS
from components.models.encoders.passthrough import Passthrough
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.inputs.base import default_encoder, encoders_for, is_name
from components.models.language.fields import MOST_LAYERS, Setting, settings
from components.models.language.registry import Concept, kind_of
from components.models.merges import MERGES

FIRST_MERGE = "fusion"
LONGEST = 36
"""Maximum length in characters of a name to which a number is added."""
BRANCH_WEIGHT = 0.3
"""Loss weight of auxiliary heads on branches, lower than that of the main head."""


# All parts


def rename(draft: Draft, part: str, index: int, name: str) -> None:
    """Rename a part everywhere it is used. If the name is taken, the check reports it."""
    old = draft[part][index]["name"]
    clash = name in names(draft)
    draft[part][index]["name"] = name
    for mark in draft["marks"]:
        if mark["part"] == old:
            mark["part"], mark["layer"] = name, mark["layer"].replace(old, name, 1)
    if clash:
        return
    for head in draft["heads"] if part == "heads" else ():
        if head.get("labels") == old:
            head["labels"] = name
    if part == "heads":
        return
    known = names(draft)

    def renamed(used: str) -> str:
        # After a clash two parts had one name, so readers of this part still use its earlier name.
        return name if used not in known and (used == old or old in known) else used

    for merge in draft["merges"]:
        merge["sources"] = [renamed(source) for source in merge["sources"]]
    for head in draft["heads"]:
        head["source"] = renamed(head["source"])
    for branch in draft["inputs"]:
        if "branch" in branch["encoder"]:
            branch["encoder"]["branch"] = renamed(branch["encoder"]["branch"])
        if branch.get("reads"):
            branch["reads"] = renamed(branch["reads"])


def call_part(draft: Draft, part: str, index: int, text: str) -> None:
    """Rename a part to the text that a person typed.

    An input's text that is not a valid name becomes its label.
    """
    text = one_line(text)
    if part != "inputs" or not text or is_name(text):
        if part == "inputs":
            draft[part][index]["label"] = ""
        rename(draft, part, index, text)
        return
    name = good_name(draft, part, index, text)
    rename(draft, part, index, name)
    draft[part][index]["label"] = text


def good_name(draft: Draft, part: str, index: int, text: str) -> str:
    """Return the text, or the nearest name that is valid and unused."""
    item = draft[part][index]
    others = {other["name"] for each in LISTS for other in draft[each] if other is not item}
    wanted = text if is_name(text) else identifier(text, str(item["kind"]))
    return free_name(wanted, {TRUNK, *others}, longest=LONGEST)


def move(draft: Draft, part: str, index: int, by: int) -> None:
    """Move a part up (-1) or down (+1) in its list."""
    items = draft[part]
    to = min(max(index + by, 0), len(items) - 1)
    items.insert(to, items.pop(index))


def set_mark(draft: Draft, part: str, layer: str, field: str, value: Any) -> None:
    """Set a field of the emphasis of a layer or a part. Emphasis with default values is removed."""
    plain = Mark(part=part, layer=layer).model_dump()
    old = next((m for m in draft["marks"] if (m["part"], m["layer"]) == (part, layer)), plain)
    others = [mark for mark in draft["marks"] if mark is not old]
    new = {**old, field: value}
    draft["marks"] = others if new == plain else [*others, new]


def show_all(draft: Draft) -> None:
    """Show all hidden parts and layers in the picture again."""
    for mark in [mark for mark in draft["marks"] if mark["hidden"]]:
        set_mark(draft, mark["part"], mark["layer"], "hidden", False)


# Inputs


def add_input(draft: Draft, kind: str, width: int | None = None) -> None:
    """Add a branch as a source of the last merge; a second input gets a new merge of both.

    If the last merge can't take more sources, a new merge reads it and the branch. Without merges
    the branch gets its own head. `width` is the output width that the merge needs.
    """
    concept = INPUTS[kind]
    name = fresh(draft, kind)
    encoder = default_encoder(concept.form)
    if width and "projection" in type(encoder).model_fields:
        encoder = encoder.model_copy(update={"projection": width})
    elif width and "units" in type(encoder).model_fields:
        encoder = encoder.model_copy(update={"units": width})
    branch = converted(concept, {"name": name}, ("name", "encoder"))
    draft["inputs"].append({**branch, "encoder": encoder.model_dump(mode="json")})
    if draft["merges"] and not _takes_more(draft["merges"][-1]):
        _add_merge_after(draft, [name])
    elif draft["merges"]:
        draft["merges"][-1]["sources"].append(name)
    elif len(draft["inputs"]) == 2:
        add_merge(draft)
    else:
        _add_own_head(draft, name)


def _takes_more(merge: Draft) -> bool:
    contract = MERGES[merge["kind"]].contract
    most = len(contract.roles) or contract.at_most
    return most is None or len(merge["sources"]) < most


def duplicate_input(draft: Draft, index: int) -> None:
    """Add a copy of an input with the same readers."""
    branch = copy.deepcopy(draft["inputs"][index])
    old = branch["name"]
    branch["label"] = ""
    branch["name"] = fresh(draft, old.rstrip("0123456789").rstrip("_") or old)
    draft["inputs"].insert(index + 1, branch)
    readers = [merge["sources"] for merge in draft["merges"] if old in merge["sources"]]
    for read in readers:
        read.insert(read.index(old) + 1, branch["name"])
    if not readers and len(draft["inputs"]) == 2:
        add_merge(draft)
    elif not readers:
        _add_own_head(draft, branch["name"])


def add_reader(draft: Draft, index: int) -> None:
    """Add a second branch that reads the data of an input, with the same encoder and readers."""
    branch = draft["inputs"][index]
    read = branch.get("reads") or branch["name"]
    duplicate_input(draft, index)
    draft["inputs"][index + 1]["reads"] = read


def split_input(draft: Draft, index: int) -> None:
    """Replace a vector by one input for each of its features, with the same readers."""
    count = draft["inputs"][index]["features"]
    draft["inputs"][index]["features"] = 1
    for _ in range(count - 1):
        duplicate_input(draft, index)


def remove_input(draft: Draft, index: int) -> None:
    """Remove a branch from everything that reads it. The last branch stays."""
    if len(draft["inputs"]) == 1:
        return
    gone = draft["inputs"].pop(index)
    borrowers = [item for item in draft["inputs"] if item["encoder"].get("branch") == gone["name"]]
    for item in borrowers[:1]:
        item["encoder"] = copy.deepcopy(gone["encoder"])
    for item in borrowers[1:]:
        item["encoder"]["branch"] = borrowers[0]["name"]
    readers = [item for item in draft["inputs"] if item.get("reads") == gone["name"]]
    for item in readers:
        item["reads"] = readers[0]["name"] if item is not readers[0] else ""
    _remove_source(draft, gone["name"])


def _remove_source(draft: Draft, name: str) -> None:
    """Remove a name from the sources of all merges and heads. One head stays."""
    for merge in draft["merges"]:
        merge["sources"] = [source for source in merge["sources"] if source != name]
    _collapse(draft)
    heads = [head for head in draft["heads"] if head["source"] != name]
    if not heads:
        heads = draft["heads"][:1]
        heads[0]["source"] = TRUNK if trunk_source(draft) else draft["inputs"][0]["name"]
    draft["heads"] = heads


# Kinds and encoders: fields of both kinds keep their values


def set_kind(draft: Draft, part: str, index: int, kind: str) -> None:
    """Change the kind of a part. Fields of both kinds keep their values if these are valid."""
    old = draft[part][index]
    new = converted(LISTS[part][kind], old, ("name", "sources", "source", "encoder", "then"))
    if "key" in old:
        new["key"] = old["key"]
    if part == "inputs":
        form = INPUTS[kind].form
        if old["encoder"]["kind"] not in encoders_for(form):
            new["encoder"] = default_encoder(form).model_dump(mode="json")
    draft[part][index] = new


def follow_data(draft: Draft) -> None:
    """Copy the kind and sizes of an input to the branches that read its data."""
    by_name = {branch["name"]: branch for branch in draft["inputs"]}
    for index, branch in enumerate(draft["inputs"]):
        other = by_name.get(branch.get("reads", ""))
        if other is None or other is branch:
            continue
        if other["kind"] != branch["kind"]:
            set_kind(draft, "inputs", index, other["kind"])
        own = ("name", "label", "encoder", "reads", "key")
        draft["inputs"][index].update({k: v for k, v in other.items() if k not in own})


def converted(concept: type[Concept], old: Draft, keep: tuple[str, ...]) -> Draft:
    """Return the data of a new concept, with the old values that are valid for it."""
    data: Draft = {"kind": concept.model_fields["kind"].default}
    data.update({key: old[key] for key in keep if key in old and key in concept.model_fields})
    for setting in settings(concept, skip=keep):
        value = _in_range(setting, old.get(setting.name, setting.default))
        data[setting.name] = list(value) if isinstance(value, tuple) else value
    return data


def _in_range(setting: Setting, value: Any) -> Any:
    """Clamp a number to the range of its setting; replace an unknown option by the default."""
    if setting.type in ("choice", "choices"):
        chosen = value if isinstance(value, list | tuple) else [value]
        return value if all(option in setting.options for option in chosen) else setting.default
    if isinstance(value, list | tuple):
        return value if setting.each else setting.default
    if isinstance(value, int | float):
        low = value if setting.minimum is None else setting.minimum
        high = value if setting.maximum is None else setting.maximum
        return min(max(value, low), high)
    return value


def set_encoder(draft: Draft, index: int, kind: str) -> None:
    """Change the encoder of an input. Fields of both encoders keep their values if valid."""
    branch = draft["inputs"][index]
    if kind == "shared":
        branch["encoder"] = {"kind": kind, "depth": 1, "branch": _lender(draft, index)}
        return
    branch["encoder"] = _encoder(kind, branch["encoder"])


def set_then(draft: Draft, index: int, kind: str) -> None:
    """Change the encoder after a merge, as `set_encoder` does."""
    merge = draft["merges"][index]
    merge["then"] = _encoder(kind, merge["then"])


def _encoder(kind: str, old: Draft) -> Draft:
    """Return an encoder with the old one's values; depth 1 if it would have no layers."""
    encoder = converted(ENCODERS[kind], old, ())
    if not encoder["depth"] and kind != kind_of(Passthrough):
        encoder["depth"] = 1
    for setting in settings(ENCODERS[kind]):
        if setting.each and isinstance(encoder[setting.name], list):
            count = encoder["depth"] - setting.each + 1
            encoder[setting.name] = resized(encoder[setting.name], count)
    return encoder


def resized(numbers: list[int], count: int) -> list[int] | int:
    """Return one number for each of `count` layers; new layers repeat the last number."""
    return (numbers + numbers[-1:] * count)[:count] if count > 1 else numbers[0]


def _lender(draft: Draft, index: int) -> str:
    """Return the input whose encoder to share: one of the same shape if possible, else any."""
    others = [item for item in draft["inputs"] if item is not draft["inputs"][index]]
    own = [item["name"] for item in others if item["encoder"]["kind"] != "shared"]
    same = [name for name in lenders(draft, index) if name in own]
    anything = [item["name"] for item in others or draft["inputs"]]
    return str((same or own or anything)[0])


# Merges


def add_merge(draft: Draft) -> None:
    """Add a merge. The first one joins all branches, and the heads read it.

    If the last merge has three or more sources, the new one joins its first two. If it has two, the
    new one joins it with its own first source.
    """
    if not draft["merges"]:
        name = fresh(draft, FIRST_MERGE)
        draft["merges"].append(_concatenate(name, [item["name"] for item in draft["inputs"]]))
        for head in draft["heads"]:
            head["source"] = TRUNK if draft["trunk"]["depth"] else name
        return
    last = draft["merges"][-1]
    if len(last["sources"]) > 2:
        first, second, *rest = last["sources"]
        merge = _concatenate(fresh(draft, FIRST_MERGE), [first, second])
        draft["merges"].insert(len(draft["merges"]) - 1, merge)
        last["sources"] = [merge["name"], *rest]
        return
    _add_merge_after(draft, last["sources"][:1])


def _add_merge_after(draft: Draft, more: list[str]) -> None:
    """Add a merge of the last merge and more sources. Heads of the last merge read the new one."""
    last = draft["merges"][-1]["name"]
    merge = _concatenate(fresh(draft, FIRST_MERGE), [last, *more])
    draft["merges"].append(merge)
    for head in draft["heads"]:
        head["source"] = merge["name"] if head["source"] == last else head["source"]


def _concatenate(name: str, read: list[str]) -> Draft:
    """Return a new merge with every field, without validation."""
    merge = MERGES["concatenate"].model_construct(name=name, sources=tuple(read))
    return merge.model_dump(mode="json")


def set_role(draft: Draft, index: int, role: int, name: str) -> None:
    """Assign a source to a role of a merge; if it has another role, the two sources swap.

    Roles without a source get unused ones. Afterwards there is at most one source for each role.
    """
    merge = draft["merges"][index]
    count = len(MERGES[merge["kind"]].contract.roles)
    cast: list[str | None] = [*merge["sources"], *[None] * count][:count]
    if name in cast:
        cast[cast.index(name)] = cast[role]
    cast[role] = name
    free = (source for source in sources(draft) if source not in (merge["name"], *cast))
    filled = [source or next(free, None) for source in cast]
    merge["sources"] = [source for source in filled if source]


def remove_merge(draft: Draft, index: int) -> None:
    """Remove a merge: its readers read its sources. Branches that nothing reads get a head each."""
    gone = draft["merges"].pop(index)
    if index == len(draft["merges"]):
        _remove_trunk(draft, gone["name"])
    _replace(draft, gone["name"], gone["sources"])
    for name in unread(draft):
        _add_own_head(draft, name)


def _collapse(draft: Draft) -> None:
    """Replace each merge of one source by that source."""
    for merge in list(draft["merges"]):
        if len(merge["sources"]) == 1:
            was_last = merge is draft["merges"][-1]
            draft["merges"].remove(merge)
            if was_last and trunk_source(draft) != merge["sources"][0]:
                _remove_trunk(draft, merge["name"])
            _replace(draft, merge["name"], merge["sources"])
            _collapse(draft)
            return


def _replace(draft: Draft, name: str, by: list[str]) -> None:
    """Replace the source `name` by the sources `by`.

    A merge reads all of them; heads read one each, in turn.
    """
    for merge in draft["merges"]:
        if name in merge["sources"]:
            index = merge["sources"].index(name)
            rest = [source for source in merge["sources"] if source != name]
            more = [source for source in by if source not in rest]
            merge["sources"] = [*rest[:index], *more, *rest[index:]]
    readers = [head for head in draft["heads"] if head["source"] == name]
    read = by or [draft["inputs"][0]["name"]]
    for number, head in enumerate(readers):
        head["source"] = read[number % len(read)]


# Fields


def set_field(draft: Draft, path: Path, concept: type[BaseModel], field: str, value: Any) -> None:
    """Set a field of the part at `path`.

    A list with a value for each layer sets the depth, and a new depth resizes such lists.
    """
    part = at(draft, path)
    first = {setting.name: setting.each for setting in settings(concept) if setting.each}
    if isinstance(value, list) and field in first:
        depth = min(MOST_LAYERS, len(value) + first[field] - 1)
        set_field(draft, path, concept, "depth", depth)
    for name, block in first.items():
        if field == "depth" and isinstance(part[name], list):
            part[name] = resized(part[name], value - block + 1)
    if field == "depth" and path == (TRUNK,):
        set_trunk_depth(draft, value)
    put(draft, (*path, field), value)


# Trunk and heads


def set_source(draft: Draft, index: int, name: str) -> None:
    """Set the source of a head to a branch, a merge or the trunk."""
    draft["heads"][index]["source"] = name


def set_trunk_depth(draft: Draft, depth: int) -> None:
    """Set the depth of the trunk. With its first layer, heads of its source read the trunk."""
    source = trunk_source(draft)
    if depth and not draft["trunk"]["depth"]:
        for head in draft["heads"]:
            head["source"] = TRUNK if head["source"] == source else head["source"]
    draft["trunk"]["depth"] = depth


def _remove_trunk(draft: Draft, source: str) -> None:
    """Remove the layers of the trunk; its heads read its source."""
    for head in draft["heads"]:
        head["source"] = source if head["source"] == TRUNK else head["source"]
    draft["trunk"]["depth"] = 0


def add_head(draft: Draft, kind: str) -> None:
    """Add a head with the same source as the first head."""
    old = {"name": fresh(draft, kind), "source": draft["heads"][0]["source"]}
    draft["heads"].append(converted(HEADS[kind], old, ("name", "source")))


def add_branch_heads(draft: Draft) -> None:
    """Add an auxiliary head, of the first head's kind, to each branch without one."""
    for name in headless(draft):
        head = _add_head_like_first(draft, name, draft["heads"][0]["kind"])
        head["loss_weight"] = BRANCH_WEIGHT


def _add_own_head(draft: Draft, source: str) -> None:
    _add_head_like_first(draft, source, draft["heads"][0]["name"])


def _add_head_like_first(draft: Draft, source: str, ending: str) -> Draft:
    """Add a copy of the first head that reads `source`, named after `source` and `ending`."""
    name = fresh(draft, f"{source[:24]}_{ending}"[:36])
    head: Draft = {**copy.deepcopy(draft["heads"][0]), "name": name, "source": source}
    draft["heads"].append(head)
    return head


def remove_head(draft: Draft, index: int) -> None:
    """Remove a head. The last one stays."""
    if len(draft["heads"]) > 1:
        gone = draft["heads"].pop(index)["name"]
        for head in draft["heads"]:
            if head.get("labels") == gone:
                head["labels"] = ""
