"""Changes of a draft: an architecture as plain data, which may be invalid on the way.

Each function changes the draft it is given in place. Names that other parts use are followed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from components.core.fields import settings
from components.core.registry import Concept, kind_of
from components.core.text import free_name
from components.encoders import ENCODERS
from components.encoders.passthrough import Passthrough
from components.encoders.shared import Shared
from components.heads import HEADS
from components.inputs import INPUTS
from components.inputs.base import default_encoder, encoders_for
from components.merges import MERGES
from components.model.spec import TRUNK, Architecture

Draft = dict[str, Any]
Path = tuple[str | int, ...]

FIRST_MERGE = "fusion"
BRANCH_WEIGHT = 0.3
"""Loss weight of the heads that are added to all branches: they help, and do not lead."""


def drafted(architecture: Architecture) -> Draft:
    """An architecture as a draft, every field written out."""
    return architecture.model_dump(mode="json")


class PartGoneError(LookupError):
    """The part that was to be changed has been removed since its widget was drawn."""


def place_of(draft: Draft, part: str, key: str) -> int:
    """Where the part with this key stands now."""
    for place, item in enumerate(draft[part]):
        if item["key"] == key:
            return place
    raise PartGoneError(key)


def by_key(draft: Draft, path: Path) -> Path:
    """The same path with the key of its part in place of the part's place."""
    match path:
        case (str(part), int(place), *rest):
            return (part, draft[part][place]["key"], *rest)
    return path


def at(draft: Draft, path: Path) -> Any:
    """The value at a path, which names an item of a list by its place or by its key."""
    match path:
        case (str(part), str(key), *rest) if isinstance(draft[part], list):
            path = (part, place_of(draft, part, key), *rest)
    here: Any = draft
    for step in path:
        here = here[step]
    return here


def put(draft: Draft, path: Path, value: Any) -> None:
    """Set the value at a path."""
    at(draft, path[:-1])[path[-1]] = value


def names(draft: Draft) -> set[str]:
    """Every name in use, and `trunk`."""
    parts = (*draft["inputs"], *draft["merges"], *draft["heads"])
    return {TRUNK, *(part["name"] for part in parts)}


def fresh(draft: Draft, wanted: str) -> str:
    """`wanted`, or the first of `wanted_2`, `wanted_3` … that is free."""
    return free_name(wanted, names(draft), longest=36)


def sources(draft: Draft) -> list[str]:
    """What a merge or a head may read: branches, then merges."""
    return [part["name"] for part in (*draft["inputs"], *draft["merges"])]


def rename(draft: Draft, part: str, place: int, name: str) -> None:
    """Give a part another name, wherever it is used. A taken name is left for the check to say."""
    old = draft[part][place]["name"]
    clash = name in names(draft)
    draft[part][place]["name"] = name
    if part == "heads" or clash:
        return
    known = names(draft)

    def followed(used: str) -> str:
        # Where the old name was another part's too, what reads this one still has the name before.
        return name if used not in known and (used == old or old in known) else used

    for merge in draft["merges"]:
        merge["sources"] = [followed(source) for source in merge["sources"]]
    for head in draft["heads"]:
        head["source"] = followed(head["source"])
    for given in draft["inputs"]:
        if "branch" in given["encoder"]:
            given["encoder"]["branch"] = followed(given["encoder"]["branch"])


def move(draft: Draft, part: str, place: int, by: int) -> None:
    """Move a part up (-1) or down (+1) in its list."""
    items = draft[part]
    to = min(max(place + by, 0), len(items) - 1)
    items.insert(to, items.pop(place))


def set_kind(draft: Draft, part: str, place: int, kind: str) -> None:
    """Change what kind a part is; fields that both kinds have keep their values where valid."""
    registry: Any = {"inputs": INPUTS, "merges": MERGES, "heads": HEADS}[part]
    old = draft[part][place]
    made = _carried(registry[kind], old, ("name", "sources", "source", "encoder", "then"))
    if "key" in old:
        made["key"] = old["key"]
    if part == "inputs":
        form = INPUTS[kind].form
        if old["encoder"]["kind"] not in encoders_for(form):
            made["encoder"] = default_encoder(form).model_dump(mode="json")
    draft[part][place] = made


def set_encoder(draft: Draft, place: int, kind: str) -> None:
    """Change an input's encoder; fields that both have keep their values where valid."""
    given = draft["inputs"][place]
    old = given["encoder"]
    if kind == "shared":
        given["encoder"] = {"kind": kind, "depth": 1, "branch": _partner(draft, place)}
        return
    given["encoder"] = _encoder(kind, old)


def set_then(draft: Draft, place: int, kind: str) -> None:
    """Change the encoder behind a merge; fields that both have keep their values where valid."""
    merge = draft["merges"][place]
    merge["then"] = _encoder(kind, merge["then"])


def _encoder(kind: str, old: Draft) -> Draft:
    """An encoder with the old one's values, of depth 1 where it would else do nothing."""
    made = _carried(ENCODERS[kind], old, ())
    if not made["depth"] and kind != kind_of(Passthrough):
        made["depth"] = 1
    return made


def _partner(draft: Draft, place: int) -> str:
    """The input that could lend its encoder: first of the same shape, else any other."""
    given = draft["inputs"][place]
    others = [other for other in draft["inputs"] if other is not given]
    own = [other for other in others if other["encoder"]["kind"] != "shared"]
    same = [other for other in own if _looks(other) == _looks(given)]
    found = same or own or others or [given]
    return str(found[0]["name"])


def _looks(given: Draft) -> Draft:
    return {key: value for key, value in given.items() if key not in ("key", "name", "encoder")}


def _carried(concept: type[Concept], old: Draft, keep: tuple[str, ...]) -> Draft:
    """A concept's data at its defaults, with the old values that it takes."""
    made: Draft = {"kind": concept.model_fields["kind"].default}
    made.update({key: old[key] for key in keep if key in old and key in concept.model_fields})
    for setting in settings(concept, skip=keep):
        value = old.get(setting.name, setting.default)
        if setting.type in ("choice", "choices"):
            chosen = value if isinstance(value, list | tuple) else [value]
            value = value if all(v in setting.options for v in chosen) else setting.default
        elif isinstance(value, int | float):
            low = setting.minimum if setting.minimum is not None else value
            high = setting.maximum if setting.maximum is not None else value
            value = min(max(value, low), high)
        made[setting.name] = list(value) if isinstance(value, tuple) else value
    return made


def add_input(draft: Draft, kind: str, width: int | None = None) -> None:
    """A new branch, joined by the last merge; with one input so far, by a new merge of both.

    Where the last merge takes no more sources, a stage behind it joins the branch. Without any
    merge the branch gets a head of its own. `width` is what the merge wants of each source.
    """
    concept = INPUTS[kind]
    name = fresh(draft, kind)
    encoder = default_encoder(concept.form)
    if width and "projection" in type(encoder).model_fields:
        encoder = encoder.model_copy(update={"projection": width})
    elif width and "units" in type(encoder).model_fields:
        encoder = encoder.model_copy(update={"units": width})
    made = _carried(concept, {"name": name}, ("name", "encoder"))
    draft["inputs"].append({**made, "encoder": encoder.model_dump(mode="json")})
    if draft["merges"] and not _takes_more(draft["merges"][-1]):
        _stage_behind(draft, [name])
    elif draft["merges"]:
        draft["merges"][-1]["sources"].append(name)
    elif len(draft["inputs"]) == 2:
        add_merge(draft)
    else:
        _own_head(draft, name)


def _takes_more(merge: Draft) -> bool:
    contract = MERGES[merge["kind"]].contract
    most = len(contract.roles) or contract.at_most
    return most is None or len(merge["sources"]) < most


def _own_head(draft: Draft, source: str) -> None:
    head = copy.deepcopy(draft["heads"][0])
    head["name"] = fresh(draft, f"{source[:24]}_{head['name']}"[:36])
    head["source"] = source
    draft["heads"].append(head)


def duplicate_input(draft: Draft, place: int) -> None:
    """The same input once more, read by whatever reads the first."""
    given = copy.deepcopy(draft["inputs"][place])
    old = given["name"]
    given["name"] = fresh(draft, old.rstrip("0123456789").rstrip("_") or old)
    draft["inputs"].insert(place + 1, given)
    read = False
    for merge in draft["merges"]:
        if old in merge["sources"]:
            merge["sources"].insert(merge["sources"].index(old) + 1, given["name"])
            read = True
    if not read:
        if len(draft["inputs"]) == 2:
            add_merge(draft)
        else:
            _own_head(draft, given["name"])


def remove_input(draft: Draft, place: int) -> None:
    """Take a branch out, and mend what read it. The last one stays."""
    if len(draft["inputs"]) == 1:
        return
    gone = draft["inputs"].pop(place)
    borrowers = [g for g in draft["inputs"] if g["encoder"].get("branch") == gone["name"]]
    for given in borrowers[:1]:
        given["encoder"] = copy.deepcopy(gone["encoder"])
    for given in borrowers[1:]:
        given["encoder"]["branch"] = borrowers[0]["name"]
    _forget(draft, gone["name"])


def _forget(draft: Draft, name: str) -> None:
    """Take a source out of all merges and heads."""
    for merge in list(draft["merges"]):
        merge["sources"] = [source for source in merge["sources"] if source != name]
    _collapse(draft)
    left = [head for head in draft["heads"] if head["source"] != name]
    if not left:
        left = draft["heads"][:1]
        left[0]["source"] = TRUNK if _trunk_source(draft) else draft["inputs"][0]["name"]
    draft["heads"] = left
    if not _trunk_source(draft):
        draft["trunk"]["depth"] = 0


def _trunk_source(draft: Draft) -> str | None:
    if draft["merges"]:
        return str(draft["merges"][-1]["name"])
    return str(draft["inputs"][0]["name"]) if len(draft["inputs"]) == 1 else None


def _collapse(draft: Draft) -> None:
    """A merge left with one source gives way to that source."""
    for merge in list(draft["merges"]):
        if len(merge["sources"]) == 1:
            was_last = merge is draft["merges"][-1]
            draft["merges"].remove(merge)
            if was_last and _trunk_source(draft) != merge["sources"][0]:
                _without_trunk(draft, merge["name"])
            _replace(draft, merge["name"], merge["sources"])
            _collapse(draft)
            return


def _replace(draft: Draft, name: str, by: list[str]) -> None:
    """Let all that read `name` read other sources: a merge all of them, heads one each."""
    for merge in draft["merges"]:
        if name in merge["sources"]:
            spot = merge["sources"].index(name)
            rest = [source for source in merge["sources"] if source != name]
            more = [source for source in by if source not in rest]
            merge["sources"] = [*rest[:spot], *more, *rest[spot:]]
    readers = [head for head in draft["heads"] if head["source"] == name]
    read = by or [draft["inputs"][0]["name"]]
    for place, head in enumerate(readers):
        head["source"] = read[place % len(read)]


def add_merge(draft: Draft) -> None:
    """One more stage. Without a merge it joins all branches, and the heads read it.

    A last merge of three or more gives its first two sources to the new stage; one of two is
    joined once more with its own first source behind it.
    """
    if not draft["merges"]:
        name = fresh(draft, FIRST_MERGE)
        read = [given["name"] for given in draft["inputs"]]
        draft["merges"].append(_stage(name, read))
        for head in draft["heads"]:
            head["source"] = TRUNK if draft["trunk"]["depth"] else name
        return
    last = draft["merges"][-1]
    if len(last["sources"]) > 2:
        first, second, *rest = last["sources"]
        made = _stage(fresh(draft, FIRST_MERGE), [first, second])
        draft["merges"].insert(len(draft["merges"]) - 1, made)
        last["sources"] = [made["name"], *rest]
        return
    _stage_behind(draft, last["sources"][:1])


def _stage_behind(draft: Draft, more: list[str]) -> None:
    """A stage that joins the last merge with more sources, and is read in its stead."""
    last = draft["merges"][-1]["name"]
    made = _stage(fresh(draft, FIRST_MERGE), [last, *more])
    draft["merges"].append(made)
    for head in draft["heads"]:
        head["source"] = made["name"] if head["source"] == last else head["source"]


def _stage(name: str, read: list[str]) -> Draft:
    """A merge as one starts with it, every field written out. Names are not checked here."""
    made = MERGES["concatenate"].model_construct(name=name, sources=tuple(read))
    return made.model_dump(mode="json")


def set_role(draft: Draft, place: int, role: int, name: str) -> None:
    """Let a source play a role in a merge; the one that it had goes to who played this one.

    Roles that no source plays yet are given to those that are free. There is no more than one
    source for each role afterwards.
    """
    merge = draft["merges"][place]
    count = len(MERGES[merge["kind"]].contract.roles)
    cast: list[str | None] = [*merge["sources"], *[None] * count][:count]
    if name in cast:
        cast[cast.index(name)] = cast[role]
    cast[role] = name
    free = (source for source in sources(draft) if source not in (merge["name"], *cast))
    played = [source or next(free, None) for source in cast]
    merge["sources"] = [source for source in played if source]


def remove_merge(draft: Draft, place: int) -> None:
    """Take a merge out: what read it reads its sources. Branches left unread get a head each."""
    gone = draft["merges"].pop(place)
    if place == len(draft["merges"]):
        _without_trunk(draft, gone["name"])
    _replace(draft, gone["name"], gone["sources"])
    for name in _unread(draft):
        _own_head(draft, name)


def _without_trunk(draft: Draft, name: str) -> None:
    """Let the heads of the trunk read what it read, and take its layers out."""
    for head in draft["heads"]:
        head["source"] = name if head["source"] == TRUNK else head["source"]
    draft["trunk"]["depth"] = 0


def _unread(draft: Draft) -> Iterator[str]:
    read = {source for merge in draft["merges"] for source in merge["sources"]}
    read |= {head["source"] for head in draft["heads"]}
    if TRUNK in read:
        read.add(_trunk_source(draft) or "")
    yield from [name for name in sources(draft) if name not in read]


def set_trunk_depth(draft: Draft, depth: int) -> None:
    """Heads that read what the trunk reads move behind it as soon as it has layers."""
    source = _trunk_source(draft)
    if depth and not draft["trunk"]["depth"]:
        for head in draft["heads"]:
            head["source"] = TRUNK if head["source"] == source else head["source"]
    draft["trunk"]["depth"] = depth


def add_head(draft: Draft, kind: str) -> None:
    """One more head, which reads what the first reads."""
    old = {"name": fresh(draft, kind), "source": draft["heads"][0]["source"]}
    draft["heads"].append(_carried(HEADS[kind], old, ("name", "source")))


def headless(draft: Draft) -> list[str]:
    """The branches that no head reads by itself."""
    trunk = None if draft["trunk"]["depth"] else _trunk_source(draft)
    read = {trunk if head["source"] == TRUNK else head["source"] for head in draft["heads"]}
    return [given["name"] for given in draft["inputs"] if given["name"] not in read]


def add_branch_heads(draft: Draft) -> None:
    """An auxiliary head on each branch that has none, like the first head."""
    first = draft["heads"][0]
    for name in headless(draft):
        head = copy.deepcopy(first)
        head["name"] = fresh(draft, f"{name[:24]}_{first['kind']}"[:36])
        head.update(source=name, loss_weight=BRANCH_WEIGHT)
        draft["heads"].append(head)


def remove_head(draft: Draft, place: int) -> None:
    """Take a head out. The last one stays."""
    if len(draft["heads"]) > 1:
        draft["heads"].pop(place)


def can_share(draft: Draft, place: int) -> bool:
    """Whether another input could lend this one its encoder."""
    given = draft["inputs"][place]
    return (
        any(other is not given and _looks(other) == _looks(given) for other in draft["inputs"])
        or given["encoder"]["kind"] == Shared.model_fields["kind"].default
    )


def plain(draft: Draft) -> Draft:
    """The draft without the keys of its parts."""
    made = dict(draft)
    for part in ("inputs", "merges", "heads"):
        made[part] = [{k: v for k, v in item.items() if k != "key"} for item in draft[part]]
    return made


def input_place(draft: Draft, name: str) -> int | None:
    """The place of the input of that name, if there is one."""
    return next((p for p, given in enumerate(draft["inputs"]) if given["name"] == name), None)


def split_input(draft: Draft, place: int) -> None:
    """A vector as one input for each of its features, read by whatever read the vector."""
    count = draft["inputs"][place]["features"]
    draft["inputs"][place]["features"] = 1
    for _ in range(count - 1):
        duplicate_input(draft, place)
