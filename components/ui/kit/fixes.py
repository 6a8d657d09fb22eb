"""Ways to put a wrong draft right, each tried before it is suggested."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from components.core.errors import PlaygroundError, Where
from components.core.fields import settings
from components.core.text import join_names
from components.encoders import ENCODERS
from components.inputs import INPUTS
from components.inputs.base import default_encoder, encoders_for
from components.merges import MERGES
from components.model.spec import Architecture, parse
from components.ui.kit import drafts, edits
from components.ui.kit.drafts import Draft

MOST = 3
"""Fixes that are suggested at once."""
TRIED = 12
"""Candidates that are tried at most: each costs a weightless build."""

Build = Callable[[Architecture], object]
Change = Callable[[Draft], None]


@dataclass(frozen=True)
class Fix:
    """A label in the imperative, and the change of the draft it stands for."""

    label: str
    change: Change


def suggested(draft: Draft, error: PlaygroundError, build: Build | None) -> tuple[Fix, ...]:
    """The first few fixes after which this error is gone, those first after which none is left.

    Without `build`, while Keras is still being imported, only the description is checked.
    """
    whole: list[Fix] = []
    partly: list[Fix] = []
    for label, change in islice(_candidates(draft, error), TRIED):
        fixed = copy.deepcopy(draft)
        change(fixed)
        left = _error(fixed, build)
        if left is None:
            whole.append(Fix(label, change))
        elif not _same(left, error):
            partly.append(Fix(label, change))
        if len(whole) == MOST:
            break
    return tuple([*whole, *partly][:MOST])


def _error(draft: Draft, build: Build | None) -> PlaygroundError | None:
    try:
        architecture = parse(drafts.plain(draft))
        if build is not None:
            build(architecture)
    except PlaygroundError as error:
        return error
    return None


def _same(left: PlaygroundError, error: PlaygroundError) -> bool:
    return left.where[:2] == error.where[:2]


def _candidates(draft: Draft, error: PlaygroundError) -> Iterator[tuple[str, Change]]:
    where = error.where
    if where[:1] == ("merges",) and len(where) > 1:
        yield from _of_merge(draft, int(where[1]), error)
    elif where[:1] == ("heads",) and len(where) > 1:
        yield from _of_reader(draft, draft["heads"][int(where[1])]["source"])
    elif where[:1] == ("trunk",):
        yield from _of_reader(draft, draft["merges"][-1]["name"] if draft["merges"] else "")
        yield "Take the trunk out", lambda d: edits.set_trunk_depth(d, 0)
    elif where[:1] == ("inputs",) and len(where) > 1:
        yield from _of_input(draft, int(where[1]), where)


def _of_merge(draft: Draft, place: int, error: PlaygroundError) -> Iterator[tuple[str, Change]]:
    merge = draft["merges"][place]
    if "then" in error.where:
        yield "Let it pass through", lambda d: edits.set_then(d, place, "passthrough")
        return
    if len(merge["sources"]) == 1:
        yield from _of_single(draft, place)
    if len(merge["sources"]) < 2:
        yield from _joined(draft, place)
        yield "Remove the merge", lambda d: edits.remove_merge(d, place)
    policies = {"smallest": "Fit to the smallest width", "largest": "Fit to the largest width"}
    for policy, label in policies.items():
        yield label, _put(("merges", place, "fit"), policy)
    yield from _kept(draft, merge["kind"], error.culprits)
    for name in error.culprits:
        yield from _of_reader(draft, name)
    for kind in ("concatenate", "gated"):
        if merge["kind"] != kind:
            yield f"Merge by {MERGES[kind].title.lower()}", _set_kind(place, kind)
    for name in error.culprits:
        if len(merge["sources"]) > 2:
            left = [source for source in merge["sources"] if source != name]
            yield f"Take {name} out of the sources", _put(("merges", place, "sources"), left)


def _kept(draft: Draft, kind: str, culprits: Sequence[str]) -> Iterator[tuple[str, Change]]:
    """Sources of a merge that takes no vectors keep their steps or their map."""
    ranks = {rank for place in range(2) for rank in MERGES[kind].contract.ranks_of(place)}
    for rank, readout in ((2, "sequence"), (3, "map")):
        places = [drafts.input_index(draft, name) for name in culprits]
        found = [place for place in places if place is not None and _offers(draft, place, readout)]
        if rank in ranks and found and len(found) == len(places):
            what = "steps" if readout == "sequence" else "map"
            yield f"Keep the {what} of {join_names(culprits)}", _read_out(found, readout)


def _offers(draft: Draft, place: int, readout: str) -> bool:
    encoder = draft["inputs"][place]["encoder"]
    readouts = [s for s in settings(ENCODERS[encoder["kind"]]) if s.name == "readout"]
    return bool(encoder["depth"]) and any(readout in s.options for s in readouts)


def _read_out(places: Sequence[int], readout: str) -> Change:
    def change(draft: Draft) -> None:
        for place in places:
            drafts.put(draft, ("inputs", place, "encoder", "readout"), readout)

    return change


def _of_single(draft: Draft, place: int) -> Iterator[tuple[str, Change]]:
    """A merge of one vector: an input for each of its features, or their mean."""
    found = drafts.input_index(draft, draft["merges"][place]["sources"][0])
    if found is not None and draft["inputs"][found]["kind"] == "vector":
        given = draft["inputs"][found]
        if 2 <= given["features"] <= 6:
            label = f"Split {given['name']} into {given['features']} inputs of one"
            yield label, lambda d: edits.split_input(d, found)
        yield (
            f"Take the mean over the features of {given['name']}",
            lambda d: _mean_instead(d, found, place),
        )


def _joined(draft: Draft, place: int) -> Iterator[tuple[str, Change]]:
    """A merge of too few sources: all branches that nothing else reads, else all there are."""
    merge = draft["merges"][place]
    read = {s for m in draft["merges"] if m is not merge for s in m["sources"]}
    read |= {head["source"] for head in draft["heads"]}
    names = [given["name"] for given in draft["inputs"]]
    free = [name for name in names if name not in read]
    for chosen in (free, names):
        sources = list(dict.fromkeys([*merge["sources"], *chosen]))
        if len(sources) > 1 and sources != merge["sources"]:
            label = f"Join {join_names(sources)}"
            yield label, _put(("merges", place, "sources"), sources)
            return


def _mean_instead(draft: Draft, given: int, place: int) -> None:
    edits.set_encoder(draft, given, "mean")
    edits.remove_merge(draft, place)


def _of_reader(draft: Draft, name: str) -> Iterator[tuple[str, Change]]:
    """Ways to make a vector of what is read."""
    found = drafts.input_index(draft, name)
    if found is not None:
        yield from _to_vector(draft, found)
    place = next((p for p, m in enumerate(draft["merges"]) if m["name"] == name), None)
    if place is not None:
        yield f"Pool {name} to a vector", lambda d: edits.set_then(d, place, "pooling")


def _to_vector(draft: Draft, place: int) -> Iterator[tuple[str, Change]]:
    given = draft["inputs"][place]
    name, encoder = given["name"], given["encoder"]
    if encoder["depth"] and encoder.get("readout") in ("sequence", "map"):
        where = ("inputs", place, "encoder", "readout")
        yield f"Read {name} out by average", _put(where, "average")
    if not encoder["depth"] or encoder["kind"] == "passthrough":
        concept = INPUTS[given["kind"]]
        kind = encoders_for(concept.form)[0]
        title = type(default_encoder(concept.form)).title
        yield f"Encode {name} by {title}", lambda d: edits.set_encoder(d, place, kind)


def _of_input(draft: Draft, place: int, where: Where) -> Iterator[tuple[str, Change]]:
    given = draft["inputs"][place]
    encoder, base = given["encoder"], ("inputs", place, "encoder")
    if where[2:3] == ("name",):
        yield from _of_unread(draft, given["name"])
        return
    if encoder.get("readout") == "flatten":
        yield f"Read {given['name']} out by average", _put((*base, "readout"), "average")
    if encoder.get("pooling") == "flatten":
        yield f"Pool {given['name']} by average", _put((*base, "pooling"), "average")
    if encoder.get("padding") == "valid":
        yield "Use padding `same`", _put((*base, "padding"), "same")
    if encoder.get("pool", 1) > 1:
        yield "Take the pools out", _put((*base, "pool"), 1)
    for depth in range(encoder["depth"] - 1, 0, -1):
        yield f"Set the depth to {depth}", _put((*base, "depth"), depth)
    if given.get("length", 0) is None:
        yield f"Give {given['name']} a length of 32", _put(("inputs", place, "length"), 32)
    form = INPUTS[given["kind"]].form
    kind = encoders_for(form)[0]
    if encoder["kind"] != kind:
        yield (
            f"Encode {given['name']} by {type(default_encoder(form)).title}",
            lambda d: edits.set_encoder(d, place, kind),
        )


def _of_unread(draft: Draft, name: str) -> Iterator[tuple[str, Change]]:
    for place, merge in enumerate(draft["merges"]):
        sources = [*merge["sources"], name]
        yield f"Add {name} to {merge['name']}", _put(("merges", place, "sources"), sources)
    found = drafts.input_index(draft, name)
    if found is not None:
        yield f"Remove {name}", lambda d: edits.remove_input(d, found)


def _set_kind(place: int, kind: str) -> Change:
    return lambda draft: edits.set_kind(draft, "merges", place, kind)


def _put(path: drafts.Path, value: object) -> Change:
    return lambda draft: drafts.put(draft, path, value)
