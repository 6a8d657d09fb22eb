"""Formats that are kept since version 0.2: a number in each, and one chain of conversions.

A file or link with an earlier number is converted step by step, whatever its format. One with a
later number, without a number, or from before 0.2 is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from components.base.errors import (
    FileError,
    LessonError,
    LinkError,
    PlaygroundError,
    RunError,
    SpecError,
    StoreError,
)

FIRST = 2
"""Number of each format in version 0.2, the earliest that can be read."""
CONVERSIONS: dict[tuple[str, int], Callable[[Any], Any]] = {}
"""Conversions by format and number; each returns the content in the format of the next number."""
KEY = "version"
"""Key of the number in a file."""
_T = TypeVar("_T")


@dataclass
class Format:
    """A format that is kept."""

    name: str
    error: type[PlaygroundError]
    again: str
    """Advice for a file from before 0.2, which may have no number."""
    by_hand: bool = False
    """`True` if people write its files, and may forget the number."""
    number: int = FIRST
    """Number that is written. Raising it requires a conversion from the number before."""

    def numbered(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of a file, preceded by their number."""
        return {KEY: self.number, **parts}

    def read(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of a file in the current format, without their number.

        Raises the format's error if it can't be read.
        """
        rest = {key: value for key, value in parts.items() if key != KEY}
        return self.converted(rest, parts.get(KEY))

    def read_part(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return parts as `read` does, for content of a file that has a number of its own.

        Parts without a number are in the current format.
        """
        return self.read(parts) if KEY in parts else dict(parts)

    def converted(self, content: _T, number: object) -> _T:
        """Convert content from an earlier number to the current one. Raises as `read`."""
        if self.by_hand and type(number) is not int:
            raise self.error(
                f"This {self.name} has no version number of its format.",
                "" if number is None else number,
                f"Add `{KEY}` {self.number} to it if it was made for version 0.2 or later.",
            )
        received = f"version {number} of the format" if number is not None else ""
        if type(number) is not int or number < FIRST:
            raise self.error(
                f"This {self.name} is from before Fusion Playground 0.2.", received, self.again
            )
        if number > self.number:
            raise self.error(
                f"This {self.name} was made by a newer Fusion Playground.",
                received,
                "Update this one to open it.",
            )
        for step in range(number, self.number):
            content = CONVERSIONS[self.name, step](content)
        return content


MODEL = Format("model", SpecError, "Start from a preset, and build it again.", by_hand=True)
LINK = Format("link", LinkError, "Ask for a new link.")
LESSON = Format("lesson", LessonError, "Compare it with a lesson that ships.", by_hand=True)
PLAN = Format("plan", LessonError, "Compare it with a plan that ships.", by_hand=True, number=3)
RACE = Format("race", RunError, "Start the race again.", number=3)
DRAFT = Format("draft", RunError, "Start from a preset, or open the model from a link or a file.")
TRAINED = Format("trained model", FileError, "Train it again.")
ROOM = Format("class room", RunError, "Open a new room.")
DATABASE = Format("database", StoreError, "Name an empty database in FUSION_DATABASE_URL.")
CHECKPOINT = FIRST
"""Number of the checkpoint of a paused run.

Raise it if the content of a checkpoint means something else. It needs no conversion: a run is
paused for a day at most, and one with a checkpoint of another number starts again.
"""
