"""Exception tree. Each message has three parts: the problem, the value received, the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Self

from components.base.text import quoted

Where = tuple[str | int, ...]
MOST_SHOWN = 1000
"""Maximum number of characters in each of a message's three parts."""


class PlaygroundError(Exception):
    """Error in a user's request, as one or two sentences to a person.

    `rule` is what is wrong or allowed, `received` the value that came in, `fix` the way to correct
    it. The value follows the rule in parentheses, unless the rule contains it: together they are
    the `problem`, which comes before the fix. `where` is the place of the error in the
    architecture's data, such as `("inputs", 0, "height")`; `culprits` are the names of the sources
    that do not fit. The value is shown as one line of printable text, without backticks, and cut if
    it is long, because it may come from anywhere. So are the rule and the fix, except that their
    backticks stay: names in them may come from anywhere, too.
    """

    def __init__(
        self, rule: str, received: object, fix: str, where: Where = (), culprits: Sequence[str] = ()
    ) -> None:
        self.rule = _printable(rule)
        self.received = _printable(received).replace("`", "'")
        self.fix = _printable(fix)
        self.where = where
        self.culprits = tuple(culprits)
        self.problem = _with_received(self.rule, self.received)
        super().__init__(f"{self.problem} {self.fix}".rstrip())

    def at(self, *where: str | int) -> Self:
        """Return the same error without its traceback, placed below `where`."""
        placed = (*where, *self.where)
        return type(self)(self.rule, self.received, self.fix, placed, self.culprits)

    def __reduce__(
        self,
    ) -> tuple[type[PlaygroundError], tuple[str, str, str, Where, tuple[str, ...]]]:
        return type(self), (self.rule, self.received, self.fix, self.where, self.culprits)


class SpecError(PlaygroundError):
    """An architecture's description is wrong."""


class ShapeError(SpecError):
    """Ranks or widths of connected layers do not fit."""


class DataError(PlaygroundError):
    """Data, or a description of data, is wrong or does not fit the model."""


class RunError(PlaygroundError):
    """A training run cannot start or did not end well."""


class WorkerError(RunError):
    """A build worker took too long or too much memory, or ended, before it answered."""


class StoreError(PlaygroundError):
    """The database of runs can't be used now. The action may be repeated."""

    @property
    def public(self) -> str:
        """Message without the received value, which may contain the location of the database."""
        return f"{self.rule} {self.fix}"


class FileError(PlaygroundError):
    """A file cannot be read or written."""


class ModelFileError(FileError):
    """A file does not describe a Keras model that can be inspected."""


class ServerError(PlaygroundError):
    """A setting of the server is wrong, or it refuses a request."""


class LinkError(PlaygroundError):
    """A share link cannot be read, or cannot hold the required content."""


class LessonError(PlaygroundError):
    """A lesson, or work on a lesson, is wrong."""


def missing_packages(*names: str, extra: str = "app") -> ServerError:
    """Return the error for packages that only an extra of the package installs."""
    return ServerError(
        "This needs packages that are not installed.",
        ", ".join(names),
        f'Install them with pip install "fusion-playground[{extra}]".',
    )


def public_text(error: PlaygroundError) -> str:
    """Return the error's message for a visitor."""
    return error.public if isinstance(error, StoreError) else str(error)


def _with_received(rule: str, received: str) -> str:
    """Return the rule with the received value in it or after it."""
    pattern = rf"(?<!\w){re.escape(received)}(?!\w)"
    if not received or re.search(pattern, rule.replace("`", ""), re.IGNORECASE):
        return rule
    return f"{rule.removesuffix('.')} ({received.removesuffix('.')})."


def _printable(part: object) -> str:
    """Return an object as one line of printable text, cut if it is long."""
    line = " ".join(str(part)[: 10 * MOST_SHOWN].split())
    if len(line) > MOST_SHOWN:
        line = f"{line[: MOST_SHOWN - 1]}…"
    shown = (letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
    return "".join(shown)


def suggest(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a fix for an unknown name: the nearest known one, else `otherwise` or all of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    if otherwise:
        return otherwise
    return f"Choose one of {quoted(names)}." if names else "There is none to choose from."
