"""The state of the Build page in a session: draft, last valid architecture, undo and redo."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from components.app.parts.editor import drafts, edits, fixes
from components.app.parts.editor.drafts import LISTS, Draft, drafted, plain
from components.app.parts.editor.fixes import Edit, Fix
from components.base.errors import PlaygroundError, ShapeError
from components.base.text import humanize, join_names
from components.models.analysis.model_view import model_view
from components.models.architecture.architecture import TRUNK, Architecture, parse
from components.models.architecture.marks import Mark
from components.models.drawing.options import Direction, automatic_level
from components.models.inputs.base import Input
from components.models.language.graph import Graph
from sample_data.content import presets

UNDO_STEPS = 100
"""Number of changes that can be undone."""
UNDO = "Undo on the Build page."
"""Last sentence of the help of buttons on other pages that change the model."""

Build = Callable[[Architecture], object]
PAGE = "page"
"""The whole page, among the keys of a `PageChange`."""
_counter = itertools.count(1)


class PageChange(NamedTuple):
    """Parts of the Build page that an edit has changed, by key; `trunk` for the trunk."""

    parts: frozenset[str]
    """Changed parts of the draft, and `PAGE` if more than their boxes and the picture show it."""
    title: bool
    """`True` if the title of the model, or what can be undone, has changed."""
    error: frozenset[str]
    """Parts that had an error before the edit, or have one now."""
    forms: frozenset[str]
    """Merges whose output has other forms, which the choice of their next encoder shows."""

    @property
    def keys(self) -> frozenset[str]:
        """Keys of all parts to draw again, perhaps with `PAGE`."""
        return self.parts | self.error | self.forms


@dataclass
class ModelEditor:
    """A draft, which may be invalid, and the last architecture that could be built.

    Widgets are a view of the draft. Each part of it has a stable `key`, so its widgets keep their
    state when parts are added, moved or renamed. If the shapes do not fit, `unfit` is the
    architecture of the draft, which can be drawn in part; `fixes` are changes that solve the
    draft's error.
    """

    valid: Architecture
    draft: Draft = field(default_factory=dict)
    error: PlaygroundError | None = None
    unfit: Architecture | None = None
    fixes: tuple[Fix, ...] = ()
    searching: bool = False
    """`True` while the search for fixes runs."""
    selected: str | None = None
    marks: tuple[Mark, ...] = ()
    """Emphasis in the picture set by the user, from the last draft without an error."""
    looks: dict[object, tuple[Direction, bool]] = field(default_factory=dict)
    """Direction and density since the model was opened, by level and chosen direction."""
    removed: tuple[Draft, str] | None = None
    """The draft after a removal, and a sentence that names what was removed."""
    past: list[Draft] = field(default_factory=list)
    future: list[Draft] = field(default_factory=list)

    @property
    def shown(self) -> Architecture:
        """Architecture on screen: that of the draft, or the last valid one if it has none."""
        return self.unfit or self.valid

    def marked(self, architecture: Architecture) -> Architecture:
        """Return an architecture with the emphasis of the picture, as links and files store it."""
        return architecture.with_marks(self.marks)

    @classmethod
    def of(cls, architecture: Architecture) -> ModelEditor:
        """Return an editor that starts with an architecture."""
        editor = cls(architecture.unmarked, marks=architecture.marks)
        editor.draft = _keyed(drafted(architecture))
        return editor

    @classmethod
    def restored(
        cls, architecture: Architecture, draft: Draft, past: Sequence[Draft]
    ) -> ModelEditor:
        """Return an editor with a draft and undo steps that another process has stored.

        `architecture` is the last valid one. Parts get keys that are new in this process, and equal
        in all steps.
        """
        editor = cls(architecture.unmarked, marks=architecture.marks)
        keys: dict[str, str] = {}
        for step in (*past, draft):
            for part in LISTS:
                for item in step[part]:
                    item["key"] = keys.setdefault(item["key"], f"{part[0]}{next(_counter)}")
        editor.past, editor.draft = list(past), draft
        return editor

    @property
    def title(self) -> str:
        """Name of the model; for a preset its title, with a note if it was changed."""
        name = self.draft["name"]
        if name not in presets.names():
            return humanize(name)
        same = self.error is None and presets.load(name) == self.valid
        return presets.about(name).title + ("" if same else ", changed")

    def edit(self, edit: Edit) -> None:
        """Apply an edit to the draft as an undo step.

        If the part to change was removed after its widget was drawn, nothing happens.
        """
        draft = copy.deepcopy(self.draft)
        try:
            edit(draft)
            edits.follow_data(draft)
            known = drafts.names(draft)
            draft["marks"] = [mark for mark in draft["marks"] if mark["part"] in known]
        except drafts.PartGoneError:
            return
        if draft != self.draft:
            self._replace(draft)

    def edit_and_check(self, edit: Edit, build: Build) -> PageChange:
        """Apply an edit as `edit` does, and `check` the draft. Return what has changed."""
        before = copy.copy(self)
        self.edit(edit)
        self.check(build)
        return _change(before, self)

    def open(self, architecture: Architecture) -> None:
        """Edit another architecture; `undo` restores the present one."""
        self.open_draft(drafted(architecture))

    def open_draft(self, draft: Draft) -> None:
        """Edit another draft; `undo` restores the present one."""
        self._replace(plain(draft))
        self.selected, self.looks = None, {}

    def _replace(self, draft: Draft) -> None:
        self.past = [*self.past[-UNDO_STEPS + 1 :], self.draft]
        self.future = []
        self.draft = _keyed(draft)

    def remove(self, part: str, key: str, edit: Edit) -> None:
        """Apply an edit that removes a part, and note the other parts that it removes."""
        before = self.draft
        name = next((item["name"] for item in before[part] if item["key"] == key), "")
        self.edit(edit)
        self.removed = self.draft, _removal_sentence(before, self.draft, part, name)

    @property
    def removal(self) -> str:
        """Sentence on the last change if it was a removal, otherwise empty."""
        return self.removed[1] if self.removed and self.removed[0] is self.draft else ""

    def apply(self, fix: Fix) -> None:
        """Apply one of the suggested fixes, once; later changes of the draft are kept."""
        if fix in self.fixes:
            self.fixes = ()
            self.edit(fix.edit)

    def select(self, layer: str) -> None:
        """Select a layer by its id; an empty text clears the selection."""
        self.selected = layer or None

    def selected_in(self, graph: Graph) -> str | None:
        """Return the selected layer if the graph has it, otherwise `None`."""
        return self.selected if self.selected in graph else None

    def undo(self) -> None:
        if self.past:
            self.future.append(self.draft)
            self.draft = self.past.pop()

    def redo(self) -> None:
        if self.future:
            self.past.append(self.draft)
            self.draft = self.future.pop()

    def check(self, build: Build | None) -> None:
        """Check the draft: set `valid` if it can be built, otherwise `error`.

        Without `build`, while the build workers start, only the description is checked.
        """
        self.error, self.unfit, architecture = None, None, None
        try:
            marked = parse(plain(self.draft))
            architecture, self.marks = marked.unmarked, marked.marks
            if build is not None:
                build(architecture)
        except PlaygroundError as error:
            self.error = error
            self.unfit = architecture if isinstance(error, ShapeError) else None
            return
        self.valid = architecture

    def suggest(self) -> None:
        """Look for `fixes` of the draft's error. They are tested in the background."""
        results = () if self.error is None else fixes.search(self.draft)
        self.fixes, self.searching = results or (), results is None

    @property
    def edited_merge(self) -> str:
        """Name of the merge edited last, else of the last merge; empty without merges."""
        merges = self.draft["merges"]
        for step in reversed(self.past):
            edited = [merge for merge in merges if merge not in step["merges"]]
            if edited:
                return str(edited[-1]["name"])
        return str(merges[-1]["name"]) if merges else ""

    def source_width(self) -> int | None:
        """Return the width that the last merge needs of each source; `None` if any width fits."""
        merges = self.valid.merges
        if not merges or merges[-1].contract.equal != "shape":
            return None
        branches = [branch for branch in self.valid.inputs if branch.name in merges[-1].sources]
        return next((width for branch in branches if (width := _width(branch))), None)


def _change(before: ModelEditor, after: ModelEditor) -> PageChange:
    """Return what differs on the page between two checked states of an editor."""
    (old, old_forms), (new, forms) = _contents(before), _contents(after)
    return PageChange(
        _differing(old, new),
        _heading(before) != _heading(after),
        _with_error(before) | _with_error(after),
        _differing(old_forms, forms),
    )


def _contents(editor: ModelEditor) -> tuple[dict[str, object], dict[str, object]]:
    """Return the content of each part and of the page, and the output forms of each merge."""
    draft, graph = editor.draft, model_view(editor.shown).graph
    parts = {item["key"]: item for part in LISTS for item in draft[part]}
    page = drafts.outline(draft), automatic_level(graph)
    forms: dict[str, object] = {
        merge["key"]: drafts.output_forms(merge, graph) for merge in draft["merges"]
    }
    return {**parts, TRUNK: draft[TRUNK], PAGE: page}, forms


def _differing(before: dict[str, object], after: dict[str, object]) -> frozenset[str]:
    return frozenset(key for key, content in after.items() if content != before.get(key))


def _heading(editor: ModelEditor) -> tuple[str, bool, bool]:
    return editor.title, bool(editor.past), bool(editor.future)


def _with_error(editor: ModelEditor) -> frozenset[str]:
    """Return the part whose box shows the error, or `PAGE`; nothing without an error."""
    match editor.error and editor.error.where:
        case None:
            return frozenset()
        case (str(part), int(index), *_) if part in LISTS:
            return frozenset({str(editor.draft[part][index]["key"])})
        case (str(part), *_) if part == TRUNK:
            return frozenset({TRUNK})
    return frozenset({PAGE})


def _width(branch: Input) -> int | None:
    fields = (getattr(branch.encoder, name, None) for name in ("projection", "units", "filters"))
    ends = (value[-1] if isinstance(value, tuple) else value for value in fields)
    return next((int(value) for value in ends if value), None)


def _keyed(draft: Draft) -> Draft:
    seen: set[str] = set()
    for part in LISTS:
        for item in draft[part]:
            if item.get("key") in seen or "key" not in item:
                item["key"] = f"{part[0]}{next(_counter)}"
            seen.add(item["key"])
    return draft


def _removal_sentence(before: Draft, after: Draft, part: str, name: str) -> str:
    """Return a sentence on the removal of `name` from a list; empty if nothing was removed."""
    gone = {kind: _names(before, kind) - _names(after, kind) for kind in LISTS}
    if name not in gone[part]:
        return ""
    gone[part].discard(name)
    others = [f"the {kind[:-1]} `{one}`" for kind in LISTS for one in sorted(gone[kind])]
    if before["trunk"]["depth"] and not after["trunk"]["depth"]:
        others.append("the trunk")
    text = f"The {part[:-1]} `{name}` was removed."
    if others:
        because = ": a merge needs two sources" if part == "inputs" and gone["merges"] else ""
        text = f"{text[:-1]}, and with it {join_names(others)}{because}."
    return text + _moved(before, after)


def _names(draft: Draft, part: str) -> set[str]:
    return {item["name"] for item in draft[part]}


def _moved(before: Draft, after: Draft) -> str:
    """Return sentences on the heads whose source has changed."""
    sources = {head["name"]: head["source"] for head in before["heads"]}
    moved = [
        f" The head `{head['name']}` now reads `{head['source']}`."
        for head in after["heads"]
        if sources.get(head["name"], head["source"]) != head["source"]
    ]
    return "".join(moved)
