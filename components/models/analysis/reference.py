"""Reference of all strategies and encoders, searched by words and filters."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar, get_args

from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder, Form
from components.models.inputs import INPUTS
from components.models.language.fields import settings
from components.models.language.registry import Concept
from components.models.merges import MERGES
from components.models.merges.base import KINDS, Merge, Trait

C = TypeVar("C", bound=Concept)

FITS = "fits the current branches as they are"
READS = "reads a current branch"
KEEPS = "can keep steps or maps"
PAIRS, MANY = "exactly two inputs", "three or more inputs"

_WORDS = {"gates": "learns gates", "conditions": "one conditions another", "late": "late fusion"}
TRAITS: dict[Trait, str] = {trait: _WORDS.get(trait, trait) for trait in get_args(Trait)}
"""Names of the traits of strategies, as filters."""


@dataclass(frozen=True)
class ReferenceEntry(Generic[C]):
    """Concept with the words and filters for its search."""

    kind: str
    concept: type[C]
    summary: str
    """First paragraph of its docstring, without shapes and source."""
    filters: frozenset[str]
    heading: str
    text: str
    """Folded words of all its texts; those of title and kind are `heading`."""


@cache
def strategies() -> tuple[ReferenceEntry[Merge], ...]:
    """Return every merge strategy, in the registry's order."""
    return tuple(_entry(kind, concept, _merge_filters(concept)) for kind, concept in MERGES.items())


@cache
def encoders() -> tuple[ReferenceEntry[Encoder], ...]:
    """Return every encoder, in the registry's order."""
    return tuple(
        _entry(kind, concept, _encoder_filters(concept)) for kind, concept in ENCODERS.items()
    )


def available_filters(entries: Sequence[ReferenceEntry[C]]) -> tuple[str, ...]:
    """Return the filters that match some of the entries; input shapes first."""
    shapes = [f"{verb} {_plural(form)}" for verb in ("takes", "reads") for form in forms()]
    order = (*shapes, PAIRS, MANY, *TRAITS.values(), KEEPS)
    known = {name for entry in entries for name in entry.filters}
    return tuple(name for name in order if name in known)


def traits(concept: type[Merge]) -> tuple[str, ...]:
    """Return the names of a strategy's traits."""
    return tuple(words for trait, words in TRAITS.items() if trait in concept.traits)


def search(
    entries: Sequence[ReferenceEntry[C]], words: str = "", wanted: Collection[str] = ()
) -> tuple[ReferenceEntry[C], ...]:
    """Return the entries that match all filters and words; first those with the words in the title.

    The beginning of a word is enough.
    """
    asked = folded(words).split()
    passed = [e for e in entries if e.filters.issuperset(wanted) and _has_words(e.text, asked)]
    return tuple(sorted(passed, key=lambda entry: not _has_words(entry.heading, asked)))


def folded(text: str) -> str:
    """Return words in lower case without accents, each after a space: `gomez` finds Gómez."""
    parted = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in parted if not unicodedata.combining(c)).casefold()
    return re.sub(r"[\W_]+", " ", f" {plain}")


def forms() -> tuple[Form, ...]:
    """Return the forms of input, in the order of the input kinds."""
    known: dict[Form, None] = {"vector": None, "sequence": None, "map": None}
    return tuple({**known, **dict.fromkeys(INPUTS[kind].form for kind in INPUTS)})


def _entry(kind: str, concept: type[C], passed: Iterator[str]) -> ReferenceEntry[C]:
    text = inspect.cleandoc(concept.__doc__ or "")
    texts = [
        getattr(concept, name, "") for name in ("plain", "source", "good_for", "weak_at", "cost")
    ]
    heading = f"{concept.title} {kind}"
    return ReferenceEntry(
        kind,
        concept,
        " ".join(re.split(r"\n\n|Source:|(?<=\.) \(", text)[0].split()),
        frozenset(passed),
        folded(heading),
        folded(" ".join([heading, text, *texts])),
    )


def _has_words(text: str, words: Sequence[str]) -> bool:
    return all(f" {word}" in text for word in words)


def _merge_filters(concept: type[Merge]) -> Iterator[str]:
    contract = concept.contract
    for position in range(len(contract.roles) or 1):
        yield from (f"takes {_plural(KINDS[rank])}" for rank in contract.ranks_of(position))
    most = len(contract.roles) or contract.at_most
    yield PAIRS if most == 2 else MANY
    yield from traits(concept)


def _encoder_filters(concept: type[Encoder]) -> Iterator[str]:
    yield from (f"reads {_plural(form)}" for form in concept.takes)
    if any({"sequence", "map"} & set(setting.options) for setting in settings(concept)):
        yield KEEPS


def _plural(form: str) -> str:
    return form if form.endswith("s") else f"{form}s"
