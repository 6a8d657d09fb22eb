"""What the sidebar is made of: headings that add, boxes that fold, errors beside their widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from components.core.errors import Where
from components.render.palette import Theme
from components.ui.kit import drafts, edits, forms
from components.ui.kit.drafts import Draft
from components.ui.kit.model_editor import ModelEditor

Change = Callable[[Draft], None]

FEW = 3
"""So many parts of a list stand open at first; where there are more, they start folded."""
MOVES = ("Move up", "Move down", "Remove")

_CSS = Path(__file__).with_name("sidebar.css").read_text(encoding="utf-8")


@dataclass
class Said:
    """Says the editor's error once, beside the widget it belongs to, with its fixes below."""

    editor: ModelEditor
    done: bool = False

    def at(self, *places: Where) -> None:
        """Say it here if its place is one of these."""
        if self.editor.error is not None and self.editor.error.where in places:
            self._say()

    def within(self, part: Where) -> None:
        """Say it here if it belongs anywhere below `part` and was not said there."""
        if self.concerns(part):
            self._say()

    def concerns(self, part: Where) -> bool:
        """Whether the error belongs to `part`, or to anything below it."""
        error = self.editor.error
        return error is not None and error.where[: len(part)] == part

    def _say(self) -> None:
        if self.done or self.editor.error is None:
            return
        self.done = forms.show_error(self.editor.error, self.editor.error.where)
        for number, fix in enumerate(self.editor.fixes):
            st.button(
                fix.label,
                key=f"fix.{number}",
                icon=":material/build:",
                width="stretch",
                wrap=True,
                on_click=self.editor.apply,
                args=(fix,),
            )


@dataclass(frozen=True)
class Block:
    """One part of the architecture, as its box in the sidebar shows it."""

    part: str
    place: int
    key: str
    data: dict[str, Any]
    hue: str
    line: str
    """What a folded box says beside the name."""
    actions: tuple[str, ...] = MOVES

    @property
    def where(self) -> Where:
        return self.part, self.place

    def at(self, draft: Draft) -> int:
        """Where the part stands in a draft: a click can come after other parts have moved."""
        return drafts.index_of(draft, self.part, self.key)


def style(theme: Theme) -> None:
    """The hue of each part at the edge of its box."""
    hues = {f"branch{place}": tones.solid for place, tones in enumerate(theme.branches)}
    hues.update(merge=theme.merge.solid, trunk=theme.trunk.solid, head=theme.head.solid)
    rules = "".join(
        f'[class*="_box_{name}"] {{ border-left: 4px solid {hue} !important; }}'
        for name, hue in hues.items()
    )
    st.html(f"<style>{_CSS}{rules}</style>")


def heading(title: str, noun: str, kinds: Mapping[str, str], add: Callable[[str], None]) -> None:
    """A part's title with the button that adds to it; `kinds` are offered by their titles."""
    key = f"add.{noun}"
    common: dict[str, Any] = {"icon": ":material/add:", "key": key, "type": "tertiary"}
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False
    ):
        st.markdown(f"**{title}**", width="content")
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


@contextmanager
def block(editor: ModelEditor, said: Said, shown: Block) -> Iterator[bool]:
    """A box with the part's name, fold and menu; gives whether what is in it is to be drawn.

    One that holds the error stands open. What was not said beside a widget is said at its end.
    """
    key, wrong = shown.key, said.concerns(shown.where)
    opened = _open_at_first(editor, shown) or wrong
    with st.container(border=True, key=f"{key}_box_{shown.hue}", gap="xsmall"):
        with st.container(
            horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False, key=f"{key}.top"
        ):
            _fold(shown, opened)
            if opened:
                _name(editor, shown)
            _menu(editor, shown)
        said.at((*shown.where, "name"))
        yield opened
        said.within(shown.where)


def _open_at_first(editor: ModelEditor, shown: Block) -> bool:
    return _folds().setdefault(shown.key, len(editor.draft[shown.part]) <= FEW)


def _folds() -> dict[str, bool]:
    """Which boxes stand open, by the key of their part."""
    found: dict[str, bool] = st.session_state.setdefault("unfolded", {})
    return found


def _fold(shown: Block, opened: bool) -> None:
    """One button for both, so that it keeps the focus of the keyboard."""
    name = shown.data["name"]
    st.button(
        f"Fold {name}" if opened else f"**{name}** :gray[{shown.line}]",
        key=f"{shown.key}.fold",
        icon=":material/keyboard_arrow_down:" if opened else ":material/chevron_right:",
        type="tertiary",
        width="content" if opened else "stretch",
        wrap=True,
        help=f"Open or fold {name}",
        on_click=lambda: _folds().update({shown.key: not opened}),
    )


def _name(editor: ModelEditor, shown: Block) -> None:
    base = f"{shown.key}.name"
    widget = forms.widget_key(base, shown.data["name"])

    def renamed(text: str) -> None:
        editor.edit(lambda draft: edits.rename(draft, shown.part, shown.at(draft), text.strip()))

    st.text_input(
        f"Name of {shown.part[:-1]} {shown.place + 1}",
        value=shown.data["name"],
        key=widget,
        max_chars=40,
        label_visibility="collapsed",
        on_change=forms.when_changed(base, widget, renamed),
    )


def _menu(editor: ModelEditor, shown: Block) -> None:
    name, menu = shown.data["name"], f"{shown.key}.menu"
    st.menu_button(
        f"Change {name}",
        list(shown.actions),
        icon=":material/more_vert:",
        key=menu,
        type="tertiary",
        help=f"{', '.join(shown.actions[:-1])} or {shown.actions[-1]}".capitalize(),
        on_click=lambda: _act(editor, shown, st.session_state[menu]),
    )


def _act(editor: ModelEditor, shown: Block, action: str) -> None:
    part = shown.part
    changes: dict[str, Change] = {
        "Duplicate": lambda draft: edits.duplicate_input(draft, shown.at(draft)),
        "Move up": lambda draft: edits.move(draft, part, shown.at(draft), -1),
        "Move down": lambda draft: edits.move(draft, part, shown.at(draft), 1),
        "Remove": lambda draft: {
            "inputs": edits.remove_input,
            "merges": edits.remove_merge,
            "heads": edits.remove_head,
        }[part](draft, shown.at(draft)),
    }
    if action in changes:
        grow(editor, part, changes[action])


def grow(editor: ModelEditor, part: str, change: Change) -> None:
    """Make a change that may add to a list: what is new is in sight, and much else folds."""
    before = {item["key"] for item in editor.draft[part]}
    editor.edit(change)
    keys = [item["key"] for item in editor.draft[part]]
    new = [key for key in keys if key not in before]
    if new and len(keys) > FEW:
        _folds().update({key: [key] == new for key in keys})


def choose(
    editor: ModelEditor,
    label: str,
    titles: Mapping[str, str],
    value: str | None,
    key: str,
    change: Callable[[Draft, str], None],
    help: str | None = None,
) -> None:
    """A select of options by their titles; the one that was set is offered whatever it is."""
    options = list(dict.fromkeys([*titles, *([value] if value else [])]))
    widget = forms.widget_key(key, value)

    def chosen(option: str | None) -> None:
        if option is not None:
            editor.edit(lambda draft: change(draft, option))

    st.selectbox(
        label,
        options,
        index=None if value is None else options.index(value),
        key=widget,
        format_func=lambda option: titles.get(option, option),
        help=help,
        on_change=forms.when_changed(key, widget, chosen),
    )


def details(said: Said, key: str, label: str, holds_error: bool) -> tuple[Any, bool]:
    """A box of less common fields, and whether they are to be drawn."""
    opened = st.expander(label, key=f"{key}.more", on_change="rerun", type="compact")
    return opened, bool(opened.open) or holds_error
