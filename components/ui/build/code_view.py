"""The code of a model, inline: a line for each layer, what has changed, and files to take away."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from components.core.graph import Graph
from components.core.text import byte_size, plural
from components.export.notebook import notebook
from components.export.script import Script, script
from components.export.training_code import DATA
from components.model.spec import Architecture
from components.training.requests import Settings
from components.ui.kit import inline_component
from sample_data.saving import arrays_of, npz_bytes
from sample_data.sources import Data, load, nbytes_of

MOST_BYTES = 100_000_000
"""The largest data that the page makes a file of."""
_TOO_LARGE = (
    f"over {byte_size(MOST_BYTES)}, too much to be made here. The script names the command "
    "that makes it, and the Train page can draw fewer samples"
)
BUTTONS = 48
"""Pixels of the row of downloads above the code."""
_HTML = """
<div class="code">
  <div class="tools">
    <span class="told" role="status" aria-live="polite"></span>
    <button class="changes" aria-pressed="false" title="What has changed since the version before">
      Changes
    </button>
    <button class="copy" title="Copy the whole script">Copy</button>
  </div>
  <div class="scroll">
    <div class="lines" role="listbox" aria-label="The script, a line for each layer"></div>
  </div>
</div>
"""
_component = inline_component.component("code_view", _HTML, Path(__file__).parent)


def code_view(
    spec: Architecture,
    graph: Graph,
    selected: str | None,
    on_select: Callable[[str], None],
    settings: Settings | None = None,
    data: Data | None = None,
    *,
    key: str,
    height: int,
    previous: str | None = None,
    note: str = "",
) -> None:
    """Show the script; a click on a layer's line calls `on_select` with the node's id.

    It gets an empty text where another line was clicked. What changed is told against `previous`,
    else against the last version that was shown under `key`. Of a sketch only that it has no code
    is said. `note` stands beside the downloads.
    """
    if any(node.state != "built" for node in graph.nodes):
        st.info("The code is written as soon as all of it fits.", icon=":material/info:")
        return
    made = script(spec, settings, data, graph)
    before = _before(key, made.text) if previous is None else previous
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="xsmall",
        key=f"{key}_files",
    ):
        st.caption(note, width="content")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            _downloads(spec, graph, settings, data, made, key)
    _show(made, before, selected, on_select, key, height - BUTTONS)


def _before(key: str, text: str) -> str:
    """The version that came before this one; the same where there was none."""
    shown: tuple[str, str] = st.session_state.get(f"{key}_versions", (text, text))
    if shown[1] != text:
        shown = (shown[1], text)
    st.session_state[f"{key}_versions"] = shown
    return shown[0]


def _show(
    made: Script,
    before: str,
    selected: str | None,
    on_select: Callable[[str], None],
    key: str,
    height: int,
) -> None:
    def chosen() -> None:
        clicked = inline_component.trigger_value(key, "select")
        if clicked is not None:
            on_select(clicked)

    marks = marked(before.splitlines(), made.text.splitlines())
    _component(
        key=key,
        data={
            "text": made.text.rstrip("\n"),
            "nodes": {str(line): node for node, lines in made.lines.items() for line in lines},
            "marks": {str(line): kind for line, kind in marks.items()},
            "diff": list(_difference(before, made.text)),
            "told": _told(marks),
            "selected": selected,
            "height": height,
        },
        height=height,
        on_select_change=chosen,
    )


def marked(before: Sequence[str], after: Sequence[str]) -> dict[int, str]:
    """What became of lines, counted from 1: `added`, `changed`, or `cut` where some were before."""
    marks: dict[int, str] = {}
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for change, _, _, start, end in matcher.get_opcodes():
        if change == "delete":
            marks[min(start + 1, len(after))] = "cut"
        elif change != "equal":
            kind = "added" if change == "insert" else "changed"
            marks.update(dict.fromkeys(range(start + 1, end + 1), kind))
    return marks


def _told(marks: dict[int, str]) -> str:
    return f"{plural(len(marks), 'line')} changed" if marks else ""


def _difference(before: str, after: str) -> Iterator[str]:
    """A unified diff without the names of files."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return (line for line in lines if not line.startswith(("---", "+++")))


def _downloads(
    spec: Architecture,
    graph: Graph,
    settings: Settings | None,
    data: Data | None,
    made: Script,
    key: str,
) -> None:
    _download(
        "Script", lambda: made.text, f"{spec.name}.py", "text/x-python", key, "runs on its own"
    )
    _download(
        "Notebook",
        lambda: notebook(spec, settings, data, graph),
        f"{spec.name}.ipynb",
        "application/x-ipynb+json",
        key,
        "runs on its own",
    )
    if data is not None:
        _data(spec, data, key)


def _data(spec: Architecture, data: Data, key: str) -> None:
    """The file that the script reads."""
    large = nbytes_of(spec, data) > MOST_BYTES
    _download(
        "Data",
        lambda: _npz(spec, data),
        Path(data).name if isinstance(data, str) else DATA,
        "application/octet-stream",
        key,
        _TOO_LARGE if large else "the script reads it from its own folder",
        disabled=large,
    )


def _npz(spec: Architecture, data: Data) -> bytes:
    if isinstance(data, str):
        return Path(data).read_bytes()
    return npz_bytes(arrays_of(load(spec, data), data))


def _download(
    label: str,
    data: Callable[[], Any],
    name: str,
    mime: str,
    key: str,
    told: str,
    disabled: bool = False,
) -> None:
    st.download_button(
        label,
        data,
        name,
        mime,
        key=f"{key}_{label.lower()}",
        icon=":material/download:",
        on_click="ignore",
        help=f"`{name}`: {told}.",
        disabled=disabled,
    )
