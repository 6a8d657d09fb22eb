"""Words for token ids: 0 is padding, then a positive, a negative and a neutral word in turn."""

from __future__ import annotations

import numpy as np

from sample_data.arrays import Ints

POSITIVE, NEGATIVE, NEUTRAL = 1, 2, 3

_WORDS = {
    POSITIVE: "good happy bright lovely great warm calm kind fresh sweet brave clever fair gentle "
    "glad golden grand honest jolly lively lucky merry neat noble proud quick safe sunny super "
    "tender tidy wise",
    NEGATIVE: "bad sad dark awful poor cold angry cruel stale bitter afraid dull dirty rough sorry "
    "rotten grim false gloomy lifeless unlucky miserable messy mean ashamed slow risky stormy "
    "terrible harsh broken foolish",
    NEUTRAL: "the a table of and street in on window at with paper from by river as then door into "
    "over number this that house about each letter under again corner some morning",
}
_LISTS = {role: words.split() for role, words in _WORDS.items()}


def words_of(role: int, vocabulary: int) -> int:
    """How many ids below `vocabulary` stand for a word of the role."""
    ids = (vocabulary - 1 - role) // 3 + 1
    return max(0, min(ids, len(_LISTS[role])))


def ids_of(role: Ints, place: Ints) -> Ints:
    """The ids of words, given their roles and their places in the roles' lists, from 0."""
    return role + 3 * place


def word(identity: int) -> str:
    """The word of an id, or `w123` for id 123 where there is none."""
    place, words = (identity - 1) // 3, _LISTS[_role(identity)]
    return words[place] if 0 <= place < len(words) else f"w{identity}"


def feeling(identity: int) -> int:
    """1 for a positive word, -1 for a negative one, 0 for one that is neither or has no word."""
    if word(identity) == f"w{identity}":
        return 0
    return {POSITIVE: 1, NEGATIVE: -1, NEUTRAL: 0}[_role(identity)]


def feelings() -> Ints:
    """The feeling of every id that has a word, padding (0) first."""
    last = 3 * max(len(words) for words in _LISTS.values())
    return np.array([0, *(feeling(identity) for identity in range(1, last + 1))], dtype=np.int32)


def _role(identity: int) -> int:
    return (identity - 1) % 3 + 1
