"""Parts of the sidebar: headings with an add button, boxes that fold, and errors at widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from components.app.pages.build import redraw
from components.app.parts.editor import drafts, edits
from components.app.parts.editor.drafts import LISTS, Draft
from components.app.parts.editor.fixes import Edit
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.frame import page_frame
from components.app.parts.widgets import forms, layout
from components.app.streamlit_edge import dom
from components.base.errors import Where
from components.base.markup import escape_markdown
from components.base.text import join_names
from components.models.drawing.palette import Theme
from components.models.encoders import ENCODERS
from components.models.language.registry import Registry

FEW = 3
"""Length of a list up to which all boxes start open; in a longer list all start folded."""
READ_AGAIN = "Read by a second branch"
MOVES = ("Move up", "Move down", "Remove")
_CSS = dom.read(Path(__file__).with_name("sidebar.css"))


@dataclass
class ErrorDisplay:
    """Display of the editor's error: once, at the widget that it belongs to, with fixes below."""

    editor: ModelEditor
    shown: bool = False

    def begin(self, part: Where) -> None:
        """Start to draw a part, perhaps again; an error of this part counts as not shown yet."""
        self.shown = self.shown and not self.concerns(part)

    def at(self, *places: Where) -> None:
        """Show the error here if it belongs to one of these places."""
        if self.editor.error is not None and self.editor.error.where in places:
            self._show()

    def within(self, part: Where) -> None:
        """Show the error here if it belongs to `part` or a place in it, and was not shown yet."""
        if self.concerns(part):
            self._show()

    def concerns(self, part: Where) -> bool:
        """Return `True` if the error belongs to `part` or to a place below it."""
        error = self.editor.error
        return error is not None and error.where[: len(part)] == part

    def _show(self) -> None:
        if self.shown or self.editor.error is None:
            return
        self.shown = forms.show_error(self.editor.error, self.editor.error.where)
        fix_buttons(self.editor, "fix")


def fix_buttons(editor: ModelEditor, key: str) -> None:
    """Show a button for each suggested fix."""
    for number, fix in enumerate(editor.fixes):
        st.button(
            fix.label,
            key=f"{key}.{number}",
            icon=":material/build:",
            width="stretch",
            wrap=True,
            on_click=editor.apply,
            args=(fix,),
        )


@dataclass(frozen=True)
class Box:
    """A part of the architecture in the sidebar, with the widgets that all parts have."""

    errors: ErrorDisplay
    part: str
    index: int
    hue: str
    beside: bool = False
    """`True` for widgets beside the picture, which need their own keys."""

    @property
    def editor(self) -> ModelEditor:
        return self.errors.editor

    @property
    def data(self) -> Draft:
        """The part in the draft."""
        data: Draft = self.editor.draft[self.part][self.index]
        return data

    @property
    def title(self) -> str:
        """Label of the part, or its name without one."""
        return drafts.title(self.data)

    @property
    def concept(self) -> type[Any]:
        """Class of the part's kind."""
        return LISTS[self.part][self.data["kind"]]

    @property
    def key(self) -> str:
        """Key of the part in the draft."""
        return str(self.data["key"])

    @property
    def widgets(self) -> str:
        """Prefix of the keys of its widgets."""
        return f"beside.{self.key}" if self.beside else self.key

    @property
    def where(self) -> Where:
        """Place of the part in the architecture, for errors."""
        return self.part, self.index

    def at(self, draft: Draft) -> int:
        """Return the index of the part in a draft, which may differ after another click."""
        return drafts.index_of(draft, self.part, self.key)

    def choose(
        self,
        label: str,
        options: Mapping[str, str],
        value: str | None,
        key: str,
        change: Callable[[Draft, str], object],
        help: str | None = None,
    ) -> None:
        """Show a select box whose choice changes the draft; its key ends with `key`."""

        def chosen(option: str | None) -> None:
            if option is not None:
                redraw.edit(self.editor, lambda draft: change(draft, option))

        forms.select(label, options, value, f"{self.widgets}.{key}", chosen, help)

    def choose_kind(
        self, label: str, help: str | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        """Show a select box of all kinds of the part.

        `options` are their titles in another order.
        """

        def chosen(kind: str) -> None:
            redraw.edit(self.editor, partial(self.set_kind, kind=kind))

        options = options or titles(LISTS[self.part])
        forms.select(label, options, self.data["kind"], f"{self.widgets}.kind", chosen, help)
        self.errors.at((*self.where, "kind"))

    def set_kind(self, draft: Draft, kind: str) -> None:
        """Change the part in a draft to another kind."""
        edits.set_kind(draft, self.part, self.at(draft), kind)

    def fields(self, **which: Any) -> None:
        """Show widgets for the part's own fields; `which` goes to `forms.draw_settings`."""
        self._show(self.concept, self.data, self.where, self.widgets, which)

    def encoder_fields(self, field: str, **which: Any) -> None:
        """Show widgets for the encoder in a field; `which` goes to `forms.draw_settings`."""
        encoder, where = self.data[field], (*self.where, field)
        key = self.widgets if field == "encoder" else f"{self.widgets}.{field}"
        self._show(ENCODERS[encoder["kind"]], encoder, where, key, which)

    def _show(
        self, concept: type[Any], values: Draft, where: Where, key: str, which: Mapping[str, Any]
    ) -> None:
        key = f"{key}.{values['kind']}"
        change, show_error_at = redraw.setter(self.editor, where, concept), self.errors.at
        forms.draw_settings(
            concept, values, key, change, show_error_at=show_error_at, where=where, **which
        )


def titles(registry: Registry[Any]) -> dict[str, str]:
    """Return the title of each kind."""
    return {kind: concept.title for kind, concept in registry.items()}


def style(theme: Theme) -> None:
    """Add the styles of the boxes, with the colour of each part at its edge."""
    hues = {f"branch{number}": tones.solid for number, tones in enumerate(theme.branches)}
    hues.update(merge=theme.merge.solid, trunk=theme.trunk.solid, head=theme.head.solid)
    rules = "".join(
        f'[class*="_box_{name}"] {{ border-left: 4px solid {hue} !important; }}'
        for name, hue in hues.items()
    )
    st.html(f"<style>{_CSS}{rules}</style>")


def heading(title: str, noun: str, kinds: Mapping[str, str], add: Callable[[str], None]) -> None:
    """Show the title of a list with an add button; `kinds` are the titles of its menu."""
    key = f"add.{noun}"
    common: dict[str, Any] = {"icon": ":material/add:", "key": key, "type": "tertiary"}
    with layout.row(spread=True, wrap=False):
        st.header(title, anchor=False, width="content")
        if not kinds:
            st.button(f"Add {noun}", on_click=lambda: add(""), **common)
            return
        st.menu_button(
            f"Add {noun}",
            list(kinds),
            format_func=lambda kind: kinds[kind],
            on_click=lambda: add(st.session_state[key]),
            **common,
        )


def boxes(
    errors: ErrorDisplay,
    part: str,
    hues: Sequence[str],
    summary: Callable[[Draft], str],
    content: Callable[[Box], None],
    actions: Sequence[str] = MOVES,
) -> None:
    """Show a box for each part of a list, with its name, fold button and menu.

    A folded box shows its `summary` beside the name. A box with an error is open. If no widget of a
    box has shown its error, the end of the box shows it.
    """
    errors.at((part,))
    for index in range(len(errors.editor.draft[part])):
        box = Box(errors, part, index, hues[index % len(hues)])
        page_frame.part(redraw.box(box.key), partial(_box, box, summary, content, actions))


def _box(
    box: Box,
    summary: Callable[[Draft], str],
    content: Callable[[Box], None],
    actions: Sequence[str],
) -> None:
    errors = box.errors
    errors.begin(box.where)
    few = len(box.editor.draft[box.part]) <= FEW
    opened = _unfolded().setdefault(box.key, few) or errors.concerns(box.where)
    with st.container(border=True, key=f"{box.key}_box_{box.hue}", gap="xsmall"):
        with layout.row(f"{box.key}.top", gap="xsmall", wrap=False):
            _fold(box, summary(box.data), opened)
            if opened:
                _name(box)
            _menu(box, actions)
        errors.at((*box.where, "name"))
        if opened and box.title != box.data["name"]:
            st.caption(f"`{box.data['name']}` in code and files")
        if opened:
            content(box)
        errors.within(box.where)


def _unfolded() -> dict[str, bool]:
    """Return `True` for open boxes and `False` for folded ones, by the key of their part."""
    unfolded: dict[str, bool] = st.session_state.setdefault("unfolded", {})
    return unfolded


def _fold(box: Box, summary: str, opened: bool) -> None:
    """Show one button that opens and folds the box, so that it keeps the keyboard focus."""
    name = escape_markdown(box.title)

    def fold() -> None:
        _unfolded()[box.key] = not opened
        page_frame.redraw(redraw.box(box.key))

    st.button(
        f"Fold {name}" if opened else f"**{name}** :gray[{summary}]",
        key=f"{box.key}.fold",
        icon=":material/keyboard_arrow_down:" if opened else ":material/chevron_right:",
        type="tertiary",
        width="content" if opened else "stretch",
        wrap=True,
        help=f"Open or fold {name}",
        on_click=fold,
    )


def _name(box: Box) -> None:
    def renamed(text: str) -> None:
        redraw.edit(box.editor, lambda draft: edits.call_part(draft, box.part, box.at(draft), text))

    st.text_input(
        f"Name of {box.part[:-1]} {box.index + 1}",
        value=box.title,
        max_chars=40,
        label_visibility="collapsed",
        **forms.linked(f"{box.key}.name", box.title, renamed),
    )


def _menu(box: Box, actions: Sequence[str]) -> None:
    name, menu = escape_markdown(box.title), f"{box.key}.menu"
    st.menu_button(
        f"Change {name}",
        list(actions),
        icon=":material/more_vert:",
        key=menu,
        type="tertiary",
        help=join_names(actions, last="or").capitalize(),
        on_click=lambda: _act(box, st.session_state[menu]),
    )


def _act(box: Box, action: str) -> None:
    part = box.part
    changes: dict[str, Edit] = {
        "Duplicate": lambda draft: edits.duplicate_input(draft, box.at(draft)),
        READ_AGAIN: lambda draft: edits.add_reader(draft, box.at(draft)),
        "Move up": lambda draft: edits.move(draft, part, box.at(draft), -1),
        "Move down": lambda draft: edits.move(draft, part, box.at(draft), 1),
        "Remove": lambda draft: {
            "inputs": edits.remove_input,
            "merges": edits.remove_merge,
            "heads": edits.remove_head,
        }[part](draft, box.at(draft)),
    }
    if action == "Remove":
        box.editor.remove(part, box.key, changes[action])
    elif action in changes:
        change_and_focus(box.editor, part, changes[action])


def change_and_focus(editor: ModelEditor, part: str, edit: Edit) -> None:
    """Apply an edit that may add a part, and focus the name of the new part.

    In a long list the new part opens and the others fold.
    """
    before = {item["key"] for item in editor.draft[part]}
    editor.edit(edit)
    keys = [item["key"] for item in editor.draft[part]]
    new = [key for key in keys if key not in before]
    if new:
        page_frame.focus(f"{new[0]}.name")
    if new and len(keys) > FEW:
        _unfolded().update({key: [key] == new for key in keys})


@contextmanager
def details(box: Box, label: str = "All fields") -> Iterator[bool]:
    """Show an expander for less common fields. Yield `True` if it is open and must be filled."""
    part = redraw.PICTURE if box.beside else redraw.box(box.key)
    again = partial(page_frame.redraw, part)
    expander = st.expander(label, key=f"{box.widgets}.more", on_change=again, type="compact")
    with expander:
        yield bool(expander.open)
