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
from components.ui.kit import drafts, fixes
from components.ui.kit.drafts import Draft, drafted, plain
from components.ui.kit.fixes import Fix

UNDO_STEPS = 100
"""Changes that can be undone."""

_counter = itertools.count(1)


@dataclass
class ModelEditor:
    """A draft that may be invalid on the way, and the last architecture that could be built.

    Widgets are a view of the draft. Every part of it has a stable `key`, so that widgets keep their
    place when parts are added, moved or renamed. If shapes do not fit, `unfit` is the architecture
    of the draft, which can be drawn in part; `fixes` are changes that solve the draft's error.
    """

    valid: Architecture
    draft: Draft = field(default_factory=dict)
    error: PlaygroundError | None = None
    unfit: Architecture | None = None
    fixes: tuple[Fix, ...] = ()
    selected: str | None = None
    past: list[Draft] = field(default_factory=list)
    future: list[Draft] = field(default_factory=list)
    _fixed: Draft | None = None
    """The draft that `fixes` are for."""

    @property
    def shown(self) -> Architecture:
        """The architecture on screen: the draft's, or the last valid one if the draft has none."""
        return self.unfit or self.valid

    @classmethod
    def of(cls, architecture: Architecture) -> ModelEditor:
        """An editor that starts with an architecture."""
        editor = cls(architecture)
        editor.draft = _keyed(drafted(architecture))
        return editor

    def edit(self, change: Callable[[Draft], None]) -> None:
        """Apply a change to the draft; what was before can be had again by `undo`.

        The change of a part that is gone, from a page drawn before it went, does nothing.
        """
        draft = copy.deepcopy(self.draft)
        try:
            change(draft)
        except drafts.PartGoneError:
            return
        if draft == self.draft:
            return
        self.past = [*self.past[-UNDO_STEPS + 1 :], self.draft]
        self.future = []
        self.draft = _keyed(draft)

    def open(self, architecture: Architecture) -> None:
        """Work on another architecture; the present one can be had again by `undo`."""
        self.past = [*self.past[-UNDO_STEPS + 1 :], self.draft]
        self.future = []
        self.draft = _keyed(drafted(architecture))
        self.selected = None

    def apply(self, fix: Fix) -> None:
        """Apply one of the suggested fixes, once; later changes of the draft are kept."""
        if fix in self.fixes:
            self.fixes, self._fixed = (), None
            self.edit(fix.change)

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

    def check(self, build: Callable[[Architecture], object] | None) -> None:
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

    def suggest(self, build: Callable[[Architecture], object] | None) -> None:
        """Look for `fixes` of the draft's error; each that is tried costs a build."""
        if self.error is None:
            self.fixes, self._fixed = (), None
        elif self._fixed != self.draft:
            self.fixes = fixes.suggested(self.draft, self.error, build)
            self._fixed = copy.deepcopy(self.draft)

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
