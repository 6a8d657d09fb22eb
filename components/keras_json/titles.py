"""Names for blocks: what the names of their layers have in common, else what they hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from components.core.graph import Node

MOST_NAMES = Fraction(2, 3)
"""The part of a block's layers with names of their own that a word must be in."""

SHORT = 3
"""Words of a layer's name at most that may stand for a block."""

Words = tuple[str, ...]


def block_title(key: Words, inside: Sequence[Node], models: Mapping[str, str]) -> str:
    """The title of a block by its key; `models` has the names of inner models by their ids."""
    entering = [node.keras_name for node in inside if node.layer == "InputLayer"]
    if key[0] == "model":
        return models.get(key[1], key[1])
    if key[0] == "name":
        return spaced(key[1])
    if key[0] == "head":
        return inside[0].keras_name
    if entering:
        return entering[0]
    if len(inside) == 1:
        return inside[0].layer
    return common_name(inside) or held(inside)


def common_name(inside: Sequence[Node]) -> str:
    """The words that begin or end most names, or are within them; else the last layer's short name.

    Names that Keras gives by itself, such as `conv2d_5`, don't count, nor do words for kinds.
    """
    own = [node for node in inside if not named_by_keras(node)]
    names = [_words(node.keras_name) for node in own]
    start = _shared_start(names)
    rest = [name[len(start) :] for name in names]
    end = _shared_start([name[::-1] for name in rest])[::-1]
    inner = [name[: len(name) - len(end)] for name in rest]
    shared = (*start, *(word for word in _frequent(inner) if not word.isdigit()), *end)
    common = " ".join(_without_kinds(shared, {node.layer for node in inside}))
    last = _words(inside[-1].keras_name) if inside[-1] in own else ()
    return common or (" ".join(last) if len(last) <= SHORT else "")


def held(inside: Sequence[Node]) -> str:
    """The most frequent kind of layers with weights, else of all, and the kind of the last."""
    heavy = [node for node in inside if node.parameters and node.layer != "BatchNormalization"]
    (kind, count), *_ = Counter(node.layer for node in heavy or inside).most_common(1)
    first, last = f"{kind} ×{count}" if count > 1 else kind, inside[-1].layer
    return first if last == kind else f"{first}, {last}"


def _without_kinds(words: Sequence[str], kinds: Iterable[str]) -> Iterator[str]:
    """The words without those of kinds of layers, and without numbers that follow none."""
    known = {part.lower() for kind in kinds for part in re.findall("[A-Z]+[a-z]*", kind)}
    kept = False
    for word in words:
        kept = kept if word.isdigit() else re.sub(r"\d+d?$", "", word.lower()) not in known
        if kept:
            yield word


def spaced(name: str) -> str:
    """`conv2_block1` -> `conv2 block1`."""
    return " ".join(_words(name)) or name


def _words(name: str) -> Words:
    return tuple(word for word in re.split(r"[_/.]+", name) if word)


def named_by_keras(node: Node) -> bool:
    """Whether a layer has the name that Keras gives to its kind."""
    letters = re.sub(r"_\d+$", "", node.keras_name).replace("_", "")
    return letters.lower() == node.layer.lower()


def _shared_start(names: Sequence[Words]) -> Words:
    """The longest start that most names have."""
    start: Words = ()
    while True:
        longer = Counter(name[: len(start) + 1] for name in names if len(name) > len(start))
        following = {words: count for words, count in longer.items() if words[:-1] == start}
        words = max(following, key=following.__getitem__, default=start)
        if words == start or following[words] < MOST_NAMES * len(names):
            return start
        start = words


def _frequent(names: Sequence[Words]) -> Iterator[str]:
    counts = Counter(word for name in names for word in dict.fromkeys(name))
    return (word for word, count in counts.items() if count >= MOST_NAMES * len(names))
