"""Names of parts as people write them: in any language, free or taken."""

from __future__ import annotations

from components.core.text import free_name, identifier, one_line
from components.inputs.base import is_name
from components.model.spec import TRUNK
from components.ui.editor import edits
from components.ui.editor.drafts import LISTS, Draft

LONGEST = 36
"""Characters of a name that gets a number."""


def call(draft: Draft, part: str, index: int, text: str) -> None:
    """Rename a part as a person writes it: an input's text that is no name becomes its label."""
    text = one_line(text)
    if part != "inputs" or not text or is_name(text):
        if part == "inputs":
            draft[part][index]["label"] = ""
        edits.rename(draft, part, index, text)
        return
    name = good_name(draft, part, index, text)
    edits.rename(draft, part, index, name)
    draft[part][index]["label"] = text


def good_name(draft: Draft, part: str, index: int, text: str) -> str:
    """The text, or the nearest name to it that is valid and free."""
    item = draft[part][index]
    others = {other["name"] for each in LISTS for other in draft[each] if other is not item}
    wanted = text if is_name(text) else identifier(text, str(item["kind"]))
    return free_name(wanted, {TRUNK, *others}, longest=LONGEST)
