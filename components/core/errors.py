"""The exception tree. Every message has three facts: what is wrong, what came in, the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Self

from components.core.text import quoted

Where = tuple[str | int, ...]
MOST_SHOWN = 1000
"""The most characters of each of a message's three parts."""


class PlaygroundError(Exception):
    """Something a user asked for cannot be done, as one or two sentences to a person.

    `rule` says what is wrong or allowed, `received` what came in, `fix` how to put it right. What
    came in follows the rule in parentheses, unless the rule says it already: that is the `problem`,
    which stands before the fix. `where` is the place in the architecture's data the error belongs
    to, such as `("inputs", 0, "height")`; `culprits` are the sources that do not fit, by name. What
    was received is said on one line of printable text, without backticks, and is cut where it is
    long: it may come from anywhere. So are the rule and the fix, whose backticks stay: names in
    them may come from anywhere, too.
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
        """The same error without its traceback, placed below `where`."""
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


class StoreError(PlaygroundError):
    """The database of runs can't be used now. It may be tried again."""

    @property
    def public(self) -> str:
        """The error without what was received, which may say where the database is."""
        return f"{self.rule} {self.fix}"


class FileError(PlaygroundError):
    """A file cannot be read or written."""


class ModelFileError(FileError):
    """A file does not describe a Keras model that can be looked at."""


class ServerError(PlaygroundError):
    """A setting of the server is wrong, or a request that it refuses."""


class LinkError(PlaygroundError):
    """A share link cannot be read, or cannot hold what it should."""


class LessonError(PlaygroundError):
    """A lesson, or work on a lesson, is wrong."""


def missing_packages(*names: str) -> ServerError:
    """Return the error for packages that the base install leaves out."""
    return ServerError(
        "This needs packages that are not installed.",
        ", ".join(names),
        'Install them with pip install "fusion-playground[app]".',
    )


def public_text(error: PlaygroundError) -> str:
    """The error as a visitor may read it."""
    return error.public if isinstance(error, StoreError) else str(error)


def _with_received(rule: str, received: str) -> str:
    """The rule, with what was received in it or after it."""
    pattern = rf"(?<!\w){re.escape(received)}(?!\w)"
    if not received or re.search(pattern, rule.replace("`", ""), re.IGNORECASE):
        return rule
    return f"{rule.removesuffix('.')} ({received.removesuffix('.')})."


def _printable(part: object) -> str:
    """Any object as one line of printable text, cut where it is long."""
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
