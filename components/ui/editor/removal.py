"""What else goes with a part that is removed from a draft, in one sentence or two."""

from __future__ import annotations

from components.core.text import join_names
from components.ui.editor.drafts import LISTS, Draft

ONE_SOURCE = "a merge needs two sources"


def sentence(before: Draft, after: Draft, part: str, name: str) -> str:
    """What a removal of `name` from the list `part` has changed; empty if nothing was removed."""
    gone = {kind: _names(before, kind) - _names(after, kind) for kind in LISTS}
    if name not in gone[part]:
        return ""
    gone[part].discard(name)
    others = [f"the {kind[:-1]} `{one}`" for kind in LISTS for one in sorted(gone[kind])]
    if before["trunk"]["depth"] and not after["trunk"]["depth"]:
        others.append("the trunk")
    text = f"The {part[:-1]} `{name}` was removed."
    if others:
        because = f": {ONE_SOURCE}" if part == "inputs" and gone["merges"] else ""
        text = f"{text[:-1]}, and with it {join_names(others)}{because}."
    return text + _moved(before, after)


def _names(draft: Draft, part: str) -> set[str]:
    return {item["name"] for item in draft[part]}


def _moved(before: Draft, after: Draft) -> str:
    """The heads that read something else now."""
    sources = {head["name"]: head["source"] for head in before["heads"]}
    moved = [
        f" The head `{head['name']}` now reads `{head['source']}`."
        for head in after["heads"]
        if sources.get(head["name"], head["source"]) != head["source"]
    ]
    return "".join(moved)
