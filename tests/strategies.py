"""Hypothesis strategies for architectures from all registered concepts."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from components.models.architecture.architecture import TRUNK, Architecture, Trunk, parse
from components.models.encoders import ENCODERS
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.inputs.base import encoders_for
from components.models.language.fields import Setting, settings
from components.models.language.registry import Concept
from components.models.merges import MERGES
from components.models.merges.base import Merge

Data = dict[str, Any]

AWKWARD = ("a", "b", "a_b", "a_dense_1", "add", "absolute", "cast", "fusion", "fusion_concatenate")
"""Names that layers might have too."""
DOT_WORDS = ("node", "edge", "graph", "Digraph", "subgraph", "strict")
NAMES = st.one_of(
    st.sampled_from(AWKWARD + DOT_WORDS),
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,39}", fullmatch=True),
).filter(lambda name: name != TRUNK)


def value(setting: Setting, most: int) -> st.SearchStrategy[Any]:
    """Return values of a setting; numbers exceed its minimum by at most `most`."""
    if setting.type == "bool":
        return st.booleans()
    if setting.type == "choice":
        return st.sampled_from(setting.options)
    if setting.type == "choices":
        return st.lists(st.sampled_from(setting.options), unique=True)
    low, high = setting.minimum or 0, setting.maximum or 0
    if setting.type == "float":
        return st.floats(low, high)
    numbers = st.integers(int(low), int(min(high, low + most)))
    return st.none() | numbers if setting.optional else numbers


@st.composite
def fields(draw: st.DrawFn, concept: type[Concept], skip: tuple[str, ...], most: int) -> Data:
    """Draw the values of a concept's own settings."""
    return {s.name: draw(value(s, most)) for s in settings(concept, skip=(*skip, "depth"))}


@st.composite
def encoders(draw: st.DrawFn, form: str, fitting: bool = False) -> Data:
    """Draw an encoder that reads the form, except one that refers to another input.

    A `fitting` one returns a vector if it can.
    """
    kinds = [kind for kind in encoders_for(form) if not borrows(kind)]  # type: ignore[arg-type]
    deep = [kind for kind in kinds if ENCODERS[kind].model_fields["depth"].default]
    kind = draw(st.sampled_from([*deep, *deep, *kinds]))
    (span,) = (s for s in settings(ENCODERS[kind]) if s.name == "depth")
    low, high = int(span.minimum or 0), int(span.maximum or 0)
    data = draw(fields(ENCODERS[kind], (), 2))
    usual = (1, 1, 2) if fitting and form != "vector" else (1, 1, 2, 0)
    depth = draw(st.sampled_from([max(low, min(high, depth)) for depth in usual]))
    for how in ("readout", "pooling"):
        if fitting and data.get(how) in ("sequence", "map", "flatten"):
            data[how] = "average"
    return {"kind": kind, **data, "depth": depth}


def borrows(kind: str) -> bool:
    """Return `True` if an encoder shares that of another input."""
    return any(setting.refers == "inputs" for setting in settings(ENCODERS[kind]))


@st.composite
def inputs(draw: st.DrawFn, names: list[str], alike: bool, fitting: bool) -> list[Data]:
    """Draw one input for each name: all different, or all alike, so that every merge can
    join them.
    """
    made: list[Data] = []
    for name in names:
        if made and alike:
            made.append(_twin(draw, made[0], name))
            continue
        kind = draw(st.sampled_from(list(INPUTS)))
        concept = INPUTS[kind]
        own = draw(fields(concept, ("name", "label", "encoder", "reads"), 10))
        if own.get("missing") in ("mean", "learned") and concept.form in ("tokens", "ids"):
            own["missing"] = "zeros"
        encoder = draw(encoders(concept.form, fitting))
        made.append({"name": name, "kind": kind, **own, "encoder": encoder})
    return made


def _twin(draw: st.DrawFn, first: Data, name: str) -> Data:
    lenders = [kind for kind in ENCODERS if borrows(kind)]
    twin = {**copy.deepcopy(first), "name": name}
    if draw(st.booleans()):
        kind = draw(st.sampled_from(lenders))
        (refers,) = (s.name for s in settings(ENCODERS[kind]) if s.refers == "inputs")
        twin["encoder"] = {"kind": kind, refers: first["name"]}
    elif draw(st.booleans()):
        twin["reads"] = first["name"]
    return twin


@st.composite
def architecture_data(draw: st.DrawFn, fitting: bool = False) -> Data:
    """Draw a valid architecture as plain data: 1 to 6 inputs, up to 3 staged merges, 1 to 3 heads.

    Most `fitting` ones can be built: branches return vectors, and merges fit their sources.
    """
    merge_count = draw(st.integers(0, 3))
    most = 6 if merge_count else 3
    input_count = draw(st.integers(1 if not merge_count else 2, most))
    names = draw(st.lists(NAMES, min_size=input_count + merge_count + 3, unique=True, max_size=12))
    alike = draw(st.booleans())
    given = draw(inputs([names.pop() for _ in range(input_count)], alike, fitting))
    nodes = [i["name"] for i in given]
    unread = list(nodes)
    merges: list[Data] = []
    for stage in range(merge_count):
        last = stage == merge_count - 1
        wide = last and len(unread) > 2
        kinds = [k for k, m in MERGES.items() if not (wide and most_sources(m))]
        if fitting:
            kinds = [k for k in kinds if 1 in MERGES[k].contract.ranks_of(0)]
        if not alike and draw(st.integers(0, 3)):
            kinds = [k for k in kinds if MERGES[k].contract.equal != "shape"]
        kind = draw(st.sampled_from(kinds))
        count = len(unread) if wide else draw(st.integers(2, most_sources(MERGES[kind]) or 3))
        pool = unread if wide else [*unread, *nodes]
        sources = pool[:count] if last else draw(_some(nodes, count))
        name = names.pop()
        own = draw(fields(MERGES[kind], ("name", "sources"), 3))
        if fitting:
            own["fit"] = draw(st.sampled_from(["smallest", "largest"]))
        then = {} if fitting else draw(_encoder_after())
        merges.append({"name": name, "kind": kind, "sources": sources, **own, **then})
        unread = [node for node in unread if node not in sources] + [name]
        nodes.append(name)
    trunk = {"depth": 0}
    if merges or len(given) == 1:
        own = draw(fields(Trunk, (), 3))
        trunk = {**own, "depth": draw(st.integers(0, 2))}
        if trunk["depth"]:
            source = nodes[-1]
            unread = [TRUNK, *(node for node in unread if node != source)]
    readable = [*nodes, *([TRUNK] if merges or len(given) == 1 else [])]
    reads = [*unread, *draw(_some(readable, draw(st.integers(0, max(0, 3 - len(unread))))))]
    heads = [draw(_head(names.pop(), source)) for source in reads]
    return {"inputs": given, "merges": merges, "trunk": trunk, "heads": heads}


def most_sources(merge: type[Merge]) -> int | None:
    """Return the maximum number of sources of a merge; `None` without a limit."""
    return len(merge.contract.roles) or merge.contract.at_most


@st.composite
def _encoder_after(draw: st.DrawFn) -> Data:
    """Draw an encoder after a merge in one of four cases; it may not fit the output of the
    merge.
    """
    if draw(st.integers(0, 3)):
        return {}
    form = draw(st.sampled_from(["vector", "sequence", "map"]))
    return {"then": draw(encoders(form))}


@st.composite
def _head(draw: st.DrawFn, name: str, source: str) -> Data:
    kind = draw(st.sampled_from(list(HEADS)))
    own = draw(fields(HEADS[kind], ("name", "source", "labels"), 3))
    return {"name": name, "kind": kind, "source": source, **own}


def _some(options: list[str], count: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(options), min_size=count, max_size=count)


def architectures() -> st.SearchStrategy[Architecture]:
    """Return valid architectures. Some can't be built, because their shapes don't fit."""
    return architecture_data().map(parse)


def fitting_architectures() -> st.SearchStrategy[Architecture]:
    """Return valid architectures; most of them can be built."""
    return architecture_data(fitting=True).map(parse)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
"""Strategy for JSON values of any type."""

_KEYS = st.sampled_from(
    ["version", "name", "inputs", "merges", "trunk", "heads", "kind", "encoder", "depth", "sources"]
)
GARBAGE = JSON | st.dictionaries(_KEYS, JSON, max_size=6)


@st.composite
def mutated(draw: st.DrawFn) -> Data:
    """Draw a valid architecture with one to three values replaced, added, duplicated or removed."""
    data = copy.deepcopy(draw(architectures()).data())
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(data))))
        change = draw(st.sampled_from(["replace", "remove", "add", "double"]))
        if change == "remove":
            del holder[key]
        elif change == "replace":
            holder[key] = draw(GARBAGE)
        elif isinstance(holder, dict):
            holder[draw(_KEYS | st.text(max_size=8))] = draw(GARBAGE)
        else:
            holder.append(copy.deepcopy(holder[key]))
        if not data:
            return data
    return data


def _places(data: Any) -> list[tuple[Any, Any]]:
    keys = (
        list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    )
    found = [(data, key) for key in keys]
    for key in keys:
        found.extend(_places(data[key]))
    return found
