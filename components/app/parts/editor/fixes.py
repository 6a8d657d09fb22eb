"""Fixes of an invalid draft, each tested before it is suggested."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from components.app.parts.editor import drafts, edits
from components.app.parts.editor.background import Background
from components.app.parts.editor.drafts import Draft
from components.base.errors import PlaygroundError, SpecError, Where
from components.base.text import identifier, join_names
from components.base.workers.needs_keras import in_background, needs_keras
from components.models.architecture.architecture import parse
from components.models.architecture.builder import build
from components.models.encoders import ENCODERS
from components.models.inputs import INPUTS
from components.models.inputs.base import default_encoder, encoders_for
from components.models.language.fields import settings
from components.models.merges import MERGES

MOST = 3
"""Largest number of fixes suggested at once."""
TRIED = 12
"""Largest number of candidates tested; each costs a build."""
WAIT_SECONDS = 0.15
"""Time in seconds that a page waits for fixes before it is shown without them."""

Edit = Callable[[Draft], object]
"""An edit of a draft in place."""


@dataclass(frozen=True)
class Fix:
    """A change of the draft, and its label in the imperative."""

    label: str
    edit: Edit


def search(draft: Draft) -> tuple[Fix, ...] | None:
    """Return fixes of an invalid draft; `None` while they are tested in the background."""
    return _searches.get(json.dumps(drafts.plain(draft)), WAIT_SECONDS)


def _search(text: str) -> tuple[Fix, ...]:
    in_background.set(True)
    draft = json.loads(text)
    error, chosen = _test_candidates(text)
    candidates = [] if error is None else list(islice(_candidates(draft, error), TRIED))
    return tuple(Fix(*candidates[index]) for index in chosen)


@needs_keras
def _test_candidates(text: str) -> tuple[PlaygroundError | None, tuple[int, ...]]:
    """Return the error of a draft, and the indices of the candidates to suggest.

    Candidates that leave no error come first. If the first few all leave another error, the draft
    has several errors, and the search ends. The whole test is one task for the build workers.
    """
    draft = json.loads(text)
    error = _error(draft)
    if error is None:
        return None, ()
    whole: list[int] = []
    partly: list[int] = []
    for index, (_, change) in enumerate(islice(_candidates(draft, error), TRIED)):
        changed = copy.deepcopy(draft)
        change(changed)
        left = _error(changed)
        if left is None:
            whole.append(index)
        elif isinstance(left, SpecError) and left.where[:2] != error.where[:2]:
            partly.append(index)
        if len(whole) == MOST or (not whole and len(partly) == MOST):
            break
    return error, tuple([*whole, *partly][:MOST])


_searches: Background[str, tuple[Fix, ...]] = Background(
    _search, "fixes", threads=os.cpu_count() or 1
)


def _error(draft: Draft) -> PlaygroundError | None:
    try:
        build(parse(draft))
    except PlaygroundError as error:
        return error
    return None


def _candidates(draft: Draft, error: PlaygroundError) -> Iterator[tuple[str, Edit]]:
    where = error.where
    if where == ("name",):
        name = identifier(str(draft["name"]), "model")
        yield f"Use `{name}`", lambda d: d.update(name=name)
    elif where[2:] == ("name",):
        part, index = str(where[0]), int(where[1])
        name = edits.good_name(draft, part, index, draft[part][index]["name"])
        if name != draft[part][index]["name"]:
            yield f"Use `{name}`", partial(edits.rename, part=part, index=index, name=name)
            return
    if where[:1] == ("merges",) and len(where) > 1:
        yield from _merge_fixes(draft, int(where[1]), error)
    elif where[:1] == ("heads",) and len(where) > 1:
        yield from _vector_fixes(draft, draft["heads"][int(where[1])]["source"])
    elif where[:1] == ("trunk",):
        yield from _vector_fixes(draft, draft["merges"][-1]["name"] if draft["merges"] else "")
        yield "Remove the trunk", lambda d: edits.set_trunk_depth(d, 0)
    elif where[:1] == ("inputs",) and len(where) > 1:
        yield from _input_fixes(draft, int(where[1]), where)


def _merge_fixes(draft: Draft, index: int, error: PlaygroundError) -> Iterator[tuple[str, Edit]]:
    merge = draft["merges"][index]
    if "then" in error.where:
        yield (
            "Remove the layers after the merge",
            lambda d: edits.set_then(d, index, "passthrough"),
        )
        return
    if len(merge["sources"]) == 1:
        yield from _single_source_fixes(draft, index)
    if len(merge["sources"]) < 2:
        yield from _join_fixes(draft, index)
        yield "Remove the merge", lambda d: edits.remove_merge(d, index)
    policies = {
        "smallest": "Project sources to the smallest width",
        "largest": "Project sources to the largest width",
    }
    for policy, label in policies.items():
        yield label, _put(("merges", index, "fit"), policy)
    yield from _axis_fixes(draft, merge["kind"], error.culprits)
    for name in error.culprits:
        yield from _vector_fixes(draft, name)
    for kind in ("concatenate", "gated"):
        if merge["kind"] != kind:
            change = partial(edits.set_kind, part="merges", index=index, kind=kind)
            yield f"Change the strategy to {MERGES[kind].title}", change
    for name in error.culprits:
        if len(merge["sources"]) > 2:
            left = [source for source in merge["sources"] if source != name]
            yield f"Remove {name} from the sources", _put(("merges", index, "sources"), left)


def _axis_fixes(draft: Draft, kind: str, culprits: Sequence[str]) -> Iterator[tuple[str, Edit]]:
    """Yield changes that keep the steps or the map of sources, if the merge takes no vectors."""
    ranks = {rank for index in range(2) for rank in MERGES[kind].contract.ranks_of(index)}
    for rank, readout in ((2, "sequence"), (3, "map")):
        indices = [drafts.input_index(draft, name) for name in culprits]
        able = [
            index for index in indices if index is not None and _has_readout(draft, index, readout)
        ]
        if rank in ranks and able and len(able) == len(indices):
            what = "steps" if readout == "sequence" else "map"
            yield f"Keep the {what} of {join_names(culprits)}", _read_out(able, readout)


def _has_readout(draft: Draft, index: int, readout: str) -> bool:
    encoder = draft["inputs"][index]["encoder"]
    readouts = [s for s in settings(ENCODERS[encoder["kind"]]) if s.name == "readout"]
    return bool(encoder["depth"]) and any(readout in s.options for s in readouts)


def _read_out(indices: Sequence[int], readout: str) -> Edit:
    def change(draft: Draft) -> None:
        for index in indices:
            drafts.put(draft, ("inputs", index, "encoder", "readout"), readout)

    return change


def _single_source_fixes(draft: Draft, index: int) -> Iterator[tuple[str, Edit]]:
    """Yield fixes for a merge of one vector: an input for each feature, or their mean."""
    vector = drafts.input_index(draft, draft["merges"][index]["sources"][0])
    if vector is not None and draft["inputs"][vector]["kind"] == "vector":
        branch = draft["inputs"][vector]
        if 2 <= branch["features"] <= 6:
            label = f"Split {branch['name']} into {branch['features']} inputs of one feature"
            yield label, lambda d: edits.split_input(d, vector)
        yield (
            f"Average the features of {branch['name']}",
            lambda d: _mean_instead(d, vector, index),
        )


def _join_fixes(draft: Draft, index: int) -> Iterator[tuple[str, Edit]]:
    """Yield a fix for a merge of too few sources: join the unread branches, else all branches."""
    merge = draft["merges"][index]
    read = {s for m in draft["merges"] if m is not merge for s in m["sources"]}
    read |= {head["source"] for head in draft["heads"]}
    names = [branch["name"] for branch in draft["inputs"]]
    free = [name for name in names if name not in read]
    for chosen in (free, names):
        sources = list(dict.fromkeys([*merge["sources"], *chosen]))
        if len(sources) > 1 and sources != merge["sources"]:
            label = f"Join {join_names(sources)}"
            yield label, _put(("merges", index, "sources"), sources)
            return


def _mean_instead(draft: Draft, branch: int, index: int) -> None:
    edits.set_encoder(draft, branch, "mean")
    edits.remove_merge(draft, index)


def _vector_fixes(draft: Draft, name: str) -> Iterator[tuple[str, Edit]]:
    """Yield changes that turn a source into a vector."""
    branch = drafts.input_index(draft, name)
    if branch is not None:
        yield from _to_vector(draft, branch)
    index = next((p for p, m in enumerate(draft["merges"]) if m["name"] == name), None)
    if index is not None:
        yield f"Pool {name} to a vector", lambda d: edits.set_then(d, index, "pooling")


def _to_vector(draft: Draft, index: int) -> Iterator[tuple[str, Edit]]:
    branch = draft["inputs"][index]
    name, encoder = branch["name"], branch["encoder"]
    if encoder["depth"] and encoder.get("readout") in ("sequence", "map"):
        where = ("inputs", index, "encoder", "readout")
        yield f"Set the readout of {name} to average", _put(where, "average")
    if not encoder["depth"] or encoder["kind"] == "passthrough":
        concept = INPUTS[branch["kind"]]
        kind = encoders_for(concept.form)[0]
        title = type(default_encoder(concept.form)).title
        yield f"Encode {name} with {title}", lambda d: edits.set_encoder(d, index, kind)


def _input_fixes(draft: Draft, index: int, where: Where) -> Iterator[tuple[str, Edit]]:
    branch = draft["inputs"][index]
    encoder, base = branch["encoder"], ("inputs", index, "encoder")
    if where[2:3] == ("name",):
        yield from _unread_fixes(draft, branch["name"])
        return
    widths = encoder.get(where[-1])
    if isinstance(widths, list) and widths:
        yield f"Use one number of {where[-1]} for all layers", _put((*base, where[-1]), widths[0])
    if encoder.get("readout") == "flatten":
        yield f"Set the readout of {branch['name']} to average", _put((*base, "readout"), "average")
    if encoder.get("pooling") == "flatten":
        yield f"Set the pooling of {branch['name']} to average", _put((*base, "pooling"), "average")
    if encoder.get("padding") == "valid":
        yield "Use padding `same`", _put((*base, "padding"), "same")
    if encoder.get("pool", 1) > 1:
        yield "Remove the pooling layers", _put((*base, "pool"), 1)
    for depth in range(encoder["depth"] - 1, 0, -1):
        yield f"Set the depth to {depth}", _put((*base, "depth"), depth)
    if branch.get("length", 0) is None:
        yield f"Set the length of {branch['name']} to 32", _put(("inputs", index, "length"), 32)
    form = INPUTS[branch["kind"]].form
    kind = encoders_for(form)[0]
    if encoder["kind"] != kind:
        yield (
            f"Encode {branch['name']} with {type(default_encoder(form)).title}",
            lambda d: edits.set_encoder(d, index, kind),
        )


def _unread_fixes(draft: Draft, name: str) -> Iterator[tuple[str, Edit]]:
    for index, merge in enumerate(draft["merges"]):
        sources = [*merge["sources"], name]
        yield f"Add {name} to {merge['name']}", _put(("merges", index, "sources"), sources)
    unread = drafts.input_index(draft, name)
    if unread is not None:
        yield f"Remove {name}", lambda d: edits.remove_input(d, unread)


def _put(path: drafts.Path, value: object) -> Edit:
    return lambda draft: drafts.put(draft, path, value)
