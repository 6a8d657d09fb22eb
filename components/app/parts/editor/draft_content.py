"""Content of a draft as bytes for the store: the model, its undo steps, data and settings."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.app.parts.editor.drafts import Draft, completed
from components.app.parts.editor.model_editor import ModelEditor
from components.base.errors import PlaygroundError, RunError
from components.base.text import humanize
from components.base.versions import DRAFT
from components.models.architecture.architecture import Architecture, parse

MOST_BYTES = 5_000_000
"""Size limit in bytes of the unpacked JSON."""
MOST_LETTERS = 60
"""Maximum length of a title in characters."""
STEPS = 20
"""Number of changes that can still be undone after a reload."""


@dataclass(frozen=True)
class DraftContent:
    """A draft with its undo steps, its last valid architecture, and the state of its tab."""

    draft: Draft
    valid: Architecture
    past: Sequence[Draft] = ()
    link: str = ""
    """Token of the share link that the draft started from."""
    form: dict[str, Any] | None = None
    """Data and settings, as returned by `TrainState.form`."""

    def editor(self) -> ModelEditor:
        """Return an editor with the draft."""
        return ModelEditor.restored(self.valid, self.draft, self.past)


def title_of(draft: Draft) -> str:
    """Return the title of a draft in a list: its name and its inputs."""
    inputs = ", ".join(str(item["name"]) for item in draft["inputs"])
    title = f"{humanize(str(draft['name']))} · {inputs}"
    return title if len(title) <= MOST_LETTERS else f"{title[: MOST_LETTERS - 1]}…"


def pack(content: DraftContent) -> bytes:
    """Return the content as bytes that `unpack` reads."""
    parts = {
        "valid": content.valid.data(),
        "draft": content.draft,
        "past": list(content.past[-STEPS:]),
        "link": content.link,
        "form": content.form,
    }
    text = json.dumps(DRAFT.numbered(parts), separators=(",", ":"))
    return zlib.compress(text.encode())


def unpack(packed: bytes) -> DraftContent:
    """Return the content. Raises `RunError` for damaged bytes or those of a newer version."""
    try:
        parts = json.loads(zlib.decompressobj().decompress(packed, MOST_BYTES))
    except (ValueError, zlib.error):
        parts = None
    if not isinstance(parts, dict):
        raise _unreadable()
    parts = DRAFT.read(parts)
    try:
        valid, past = parse(parts["valid"]), list(map(completed, parts["past"]))
        return DraftContent(completed(parts["draft"]), valid, past, parts["link"], parts["form"])
    except (PlaygroundError, LookupError, TypeError, AttributeError):
        raise _unreadable() from None


def _unreadable() -> RunError:
    return RunError(
        "This draft is damaged, or has parts that this playground doesn't know.",
        "",
        DRAFT.again,
    )
