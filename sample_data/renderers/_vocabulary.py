"""Words for token ids: 0 is padding, then scales of graded words, then plain words.

The numbers of grades and of scales depend on the size of the vocabulary alone: 12 scales of 12
words from 193 ids on, and 2 words where there are only 3 ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sample_data.core.arrays import Ints

_GRADED = {
    "weather": "freezing icy frosty cold chilly cool mild warm sunny hot scorching boiling",
    "mood": "miserable gloomy sad sour weary dull calm content cheerful happy joyful ecstatic",
    "price": "worthless cheap discounted low modest fair dear high costly steep exorbitant "
    "priceless",
    "traffic": "motionless crawling sluggish slow leisurely unhurried steady brisk quick fast "
    "rapid racing",
    "crowd": "tiny minute small little short sparse roomy big large huge giant enormous",
    "music": "silent mute hushed quiet soft muffled clear lively loud noisy roaring deafening",
    "room": "black dark dim murky shady pale light bright shiny radiant dazzling blinding",
    "rope": "feeble frail weak flimsy fragile thin firm sturdy strong tough mighty unbreakable",
    "car": "ancient antique old worn used faded recent young fresh new modern futuristic",
    "grass": "parched arid dry dusty stale crisp damp moist wet soggy soaked flooded",
    "harbour": "adjacent near close nearby handy local outlying far distant remote faraway "
    "unreachable",
    "bag": "weightless feathery airy slight slim slender solid weighty heavy bulky massive leaden",
}
_LINKS = ("the", "is", "and")
_FILLED = (
    "today now still again as people say they told us so it seems this morning from here on all "
    "day with some luck in town by night"
)
_FILLERS = tuple(_FILLED.split())
SCALES = tuple(_GRADED)
_WORDS = tuple(tuple(words.split()) for words in _GRADED.values())
_MOST_GRADES = 12
_WANTED_SCALES = 8


@dataclass(frozen=True)
class Lexicon:
    """Meaning of the ids in a vocabulary of one size.

    `grades` words on each of `scales` scales come first, scale by scale, from the low end to the
    high one; then `plain` words.
    """

    scales: int
    grades: int
    plain: tuple[str, ...]

    def graded(self, scale: Ints, grade: Ints) -> Ints:
        """Return the ids of the words at grades of scales."""
        return (1 + scale * self.grades + grade).astype(np.int32)

    @property
    def first_plain(self) -> int:
        """Id of the first plain word."""
        return 1 + self.scales * self.grades

    def plain_id(self, word: str) -> int | None:
        """Return the id of a plain word; `None` if the vocabulary has no room for it."""
        return self.first_plain + self.plain.index(word) if word in self.plain else None

    @property
    def fillers(self) -> range:
        """Ids of plain words that are neither the name of a scale nor a link of a sentence."""
        first = sum(word in _LINKS or word in _GRADED for word in self.plain)
        return range(self.first_plain + first, self.first_plain + len(self.plain))

    def word(self, identity: int) -> str:
        """Return the word of an id, or `w123` for id 123 without one."""
        index = identity - self.first_plain
        if 0 <= index < len(self.plain):
            return self.plain[index]
        if not 0 < identity < self.first_plain:
            return f"w{identity}"
        scale, grade = divmod(identity - 1, self.grades)
        return _WORDS[scale][_spread(self.grades)[grade]]

    def feeling(self, identity: int) -> float:
        """Return a word's feeling: -1 at the low end of its scale, 1 at its high end, or 0."""
        if not 0 < identity < self.first_plain:
            return 0.0
        if self.grades == 1:
            return 1.0
        return (identity - 1) % self.grades * 2 / (self.grades - 1) - 1


@lru_cache(maxsize=64)
def lexicon(vocabulary: int) -> Lexicon:
    """Return the words of a vocabulary of that many ids, padding included."""
    ids = vocabulary - 1
    graded = ids - ids // 4 if ids >= 6 else min(ids, 2)
    grades = min(graded, max(2, min(_MOST_GRADES, graded // _WANTED_SCALES // 2 * 2)))
    scales = min(len(SCALES), graded // grades)
    plain = (*_LINKS, *SCALES[:scales], *_FILLERS)[: ids - scales * grades]
    return Lexicon(scales, grades, plain)


def _spread(grades: int) -> list[int]:
    """Return the indices of the grades among the words of a scale, symmetric about its middle."""
    half = max(1, grades // 2)
    low = [int((index + 0.5) * _MOST_GRADES / 2 / half) for index in range(half)]
    return [*low, *(_MOST_GRADES - 1 - index for index in reversed(low))][-grades:]
