"""The script of a model with a line for each layer, marks of changed lines, and downloads."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import streamlit as st

from components.app.parts.editor import train_state
from components.app.parts.editor.model_editor import ModelEditor
from components.app.parts.widgets import inline_component, layout
from components.app.parts.widgets.downloads import download
from components.base.text import byte_size, plural
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.models.language.graph import Graph
from components.sharing.code.notebook import notebook
from components.sharing.code.script import Script, script
from components.sharing.code.training_code import DATA
from sample_data.loading.sources import Data, nbytes_of
from sample_data.own.saving import data_file

MOST_BYTES = 100_000_000
"""Size limit in bytes of the dataset that the page writes to a file."""
_TOO_LARGE = (
    f"over {byte_size(MOST_BYTES)}, too large to download. Use the command in the script, or "
    "choose fewer samples on the Train page"
)
BUTTONS = 48
"""Height in pixels of the downloads above the code."""
_HTML = """
<div class="code">
  <div class="tools">
    <span class="status" role="status" aria-live="polite"></span>
    <button class="changes" aria-pressed="false" title="Changes since the last version">
      Changes
    </button>
    <button class="copy" title="Copy the whole script">Copy</button>
  </div>
  <div class="scroll">
    <div class="lines" role="listbox" aria-label="The script, a line for each layer"></div>
  </div>
</div>
"""
_component = inline_component.component(
    "code_view", _HTML, Path(__file__).parent, with_clipboard=True
)


def code_view(editor: ModelEditor, architecture: Architecture, graph: Graph, height: int) -> None:
    """Show the script, with training as set on the Train page, and its downloads.

    A click on a line of a layer selects the layer, a click on any other line clears the selection.
    Lines that differ from the version shown before are marked.
    """
    if any(node.state != "built" for node in graph.nodes):
        st.info("Fix the shape errors to see the code.", icon=":material/info:")
        return
    state = train_state.of_session()
    settings, (data, why) = Settings(**state.settings), state.fitting_data(architecture)
    code = script(architecture, settings, data, graph)
    before = _before(code.text)
    trained = f"Trains on {state.data_title}, as set on the Train page."
    with layout.row("code_files", spread=True, gap="xsmall"):
        st.caption(f"Model only, without training: {why}" if why else trained, width="content")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            _downloads(architecture, graph, settings, data, code)
    _show(code, before, editor.selected_in(graph), editor.select, height - BUTTONS)


def _before(text: str) -> str:
    """Return the version shown before `text`, or `text` itself if it is the first."""
    shown: tuple[str, str] = st.session_state.get("code_versions", (text, text))
    if shown[1] != text:
        shown = (shown[1], text)
    st.session_state["code_versions"] = shown
    return shown[0]


def _show(
    code: Script,
    before: str,
    selected: str | None,
    on_select: Callable[[str], None],
    height: int,
) -> None:
    def chosen() -> None:
        clicked = inline_component.trigger_value("code", "select")
        if clicked is not None:
            on_select(clicked)

    marks = marked(before.splitlines(), code.text.splitlines())
    _component(
        key="code",
        data={
            "text": code.text.rstrip("\n"),
            "nodes": {str(line): node for node, lines in code.lines.items() for line in lines},
            "marks": {str(line): kind for line, kind in marks.items()},
            "diff": list(_difference(before, code.text)),
            "status": _status(marks),
            "selected": selected,
            "height": height,
        },
        height=height,
        on_select_change=chosen,
    )


def marked(before: Sequence[str], after: Sequence[str]) -> dict[int, str]:
    """Return the kind of change by line, counted from 1.

    `cut` marks the line that follows deleted lines; the other kinds are `added` and `changed`.
    """
    marks: dict[int, str] = {}
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for change, _, _, start, end in matcher.get_opcodes():
        if change == "delete":
            marks[min(start + 1, len(after))] = "cut"
        elif change != "equal":
            kind = "added" if change == "insert" else "changed"
            marks.update(dict.fromkeys(range(start + 1, end + 1), kind))
    return marks


def _status(marks: Mapping[int, str]) -> str:
    return f"{plural(len(marks), 'line')} changed" if marks else ""


def _difference(before: str, after: str) -> Iterator[str]:
    """Return the lines of a unified diff, without the lines of file names."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return (line for line in lines if not line.startswith(("---", "+++")))


def _downloads(
    architecture: Architecture,
    graph: Graph,
    settings: Settings,
    data: Data | None,
    code: Script,
) -> None:
    def button(
        label: str, make: Callable[[], str | bytes], name: str, note: str, disabled: bool = False
    ) -> None:
        download(
            label,
            make,
            name,
            key=f"code_{label.lower()}",
            help=f"`{name}`: {note}.",
            disabled=disabled,
            width="content",
        )

    alone = "needs Keras and nothing of this app"
    button("Script", lambda: code.text, f"{architecture.name}.py", alone)
    button(
        "Notebook",
        lambda: notebook(architecture, settings, data, graph),
        f"{architecture.name}.ipynb",
        alone,
    )
    if data is not None:
        large = nbytes_of(architecture, data) > MOST_BYTES
        note = _TOO_LARGE if large else "save it in the script's folder"
        name = Path(data).name if isinstance(data, str) else DATA
        button("Data", lambda: data_file(architecture, data), name, note, large)
