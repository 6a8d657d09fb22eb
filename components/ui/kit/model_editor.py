"""The state of one session's Build page: the draft, the last valid architecture, and the past."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from components.core.errors import PlaygroundError, ShapeError
from components.inputs.base import Input
from components.model.spec import Architecture, parse
from components.ui.kit import edits
from components.ui.kit import fixes as mends
from components.ui.kit.edits import Draft, drafted, plain
from components.ui.kit.fixes import Mend

REMEMBERED = 100
"""Changes that can be undone."""

_counter = itertools.count(1)


@dataclass
class Workbench:
    """A draft that may be invalid on the way, and the last architecture that could be built.

    Widgets are a view of the draft. Every part of it has a stable `key`, so that widgets keep their
    place when parts are added, moved or renamed. Where shapes do not fit, `unfit` is what the draft
    describes, which can be drawn in part; `mends` are ways to put the draft right.
    """

    valid: Architecture
    draft: Draft = field(default_factory=dict)
    error: PlaygroundError | None = None
    unfit: Architecture | None = None
    mends: tuple[Mend, ...] = ()
    selected: str | None = None
    past: list[Draft] = field(default_factory=list)
    future: list[Draft] = field(default_factory=list)
    _wrong: Draft | None = None
    """The draft that `mends` are for."""

    @classmethod
    def of(cls, architecture: Architecture) -> Workbench:
        """A workbench that starts with an architecture."""
        bench = cls(architecture)
        bench.draft = _keyed(drafted(architecture))
        return bench

    def edit(self, change: Callable[[Draft], None]) -> None:
        """Apply a change to the draft; what was before can be had again by `undo`.

        The change of a part that is gone, from a page drawn before it went, does nothing.
        """
        draft = copy.deepcopy(self.draft)
        try:
            change(draft)
        except edits.PartGoneError:
            return
        if draft == self.draft:
            return
        self.past = [*self.past[-REMEMBERED + 1 :], self.draft]
        self.future = []
        self.draft = _keyed(draft)

    def open(self, architecture: Architecture) -> None:
        """Work on another architecture; the present one can be had again by `undo`."""
        self.past = [*self.past[-REMEMBERED + 1 :], self.draft]
        self.future = []
        self.draft = _keyed(drafted(architecture))
        self.selected = None

    def mend(self, mend: Mend) -> None:
        """Put the draft right by one of the offered ways, once; what was changed since is kept."""
        if mend in self.mends:
            self.mends, self._wrong = (), None
            self.edit(mend.change)

    def undo(self) -> None:
        """Take the last change back."""
        if self.past:
            self.future.append(self.draft)
            self.draft = self.past.pop()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self.future:
            self.past.append(self.draft)
            self.draft = self.future.pop()

    def settle(self, build: Callable[[Architecture], object] | None) -> None:
        """Check the draft: `valid` becomes it where it can be built, `error` says why it cannot.

        Without `build`, while Keras is still being imported, only the description is checked.
        """
        self.error, self.unfit, architecture = None, None, None
        try:
            architecture = parse(plain(self.draft))
            if build is not None:
                build(architecture)
        except PlaygroundError as error:
            self.error = error
            self.unfit = architecture if isinstance(error, ShapeError) else None
            return
        self.valid = architecture

    def offer(self, build: Callable[[Architecture], object] | None) -> None:
        """Look for `mends` of the draft's error; each that is tried costs a build."""
        if self.error is None:
            self.mends, self._wrong = (), None
        elif self._wrong != self.draft:
            self.mends = mends.offered(self.draft, self.error, build)
            self._wrong = copy.deepcopy(self.draft)

    def width_wanted(self) -> int | None:
        """The width a new source of the last merge must have; `None` where any will do."""
        merges = self.valid.merges
        if not merges or merges[-1].contract.equal != "shape":
            return None
        widths = [
            value
            for given in self.valid.inputs
            if given.name in merges[-1].sources
            for value in (_width(given),)
            if value
        ]
        return widths[0] if widths else None


def _width(given: Input) -> int | None:
    for name in ("projection", "units", "filters"):
        value = getattr(given.encoder, name, None)
        if value:
            return int(value)
    return None


def parts(draft: Draft, part: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Place, key and data of the inputs, merges or heads."""
    for place, item in enumerate(draft[part]):
        yield place, item["key"], item


def _keyed(draft: Draft) -> Draft:
    seen: set[str] = set()
    for part in ("inputs", "merges", "heads"):
        for item in draft[part]:
            if item.get("key") in seen or "key" not in item:
                item["key"] = f"{part[0]}{next(_counter)}"
            seen.add(item["key"])
    return draft
