"""What a draft holds, as bytes for the store: the model and its last steps, data and settings."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.core.errors import PlaygroundError, RunError
from components.core.versions import DRAFT
from components.model.spec import Architecture, parse
from components.ui.editor.drafts import Draft, completed
from components.ui.editor.model_editor import ModelEditor
from components.ui.widgets.forms import humanize

MOST_BYTES = 5_000_000
"""The most JSON that is unpacked."""
MOST_LETTERS = 60
"""Letters of a title."""
STEPS = 20
"""Changes that can still be undone after a reload."""


@dataclass(frozen=True)
class DraftContent:
    """A draft and its last steps, the last valid architecture, and what stands beside them."""

    draft: Draft
    valid: Architecture
    past: Sequence[Draft] = ()
    link: str = ""
    """The token of the share link that the draft began with."""
    form: dict[str, Any] | None = None
    """Data and settings, as `TrainState.form` gives them."""

    def editor(self) -> ModelEditor:
        """An editor with the draft."""
        return ModelEditor.restored(self.valid, self.draft, self.past)


def title_of(draft: Draft) -> str:
    """What a list shows of a draft: its name and its inputs."""
    inputs = ", ".join(str(item["name"]) for item in draft["inputs"])
    title = f"{humanize(str(draft['name']))} · {inputs}"
    return title if len(title) <= MOST_LETTERS else f"{title[: MOST_LETTERS - 1]}…"


def pack(content: DraftContent) -> bytes:
    """The content as bytes that `unpack` reads."""
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
    """The content in bytes. Raises `RunError` if they are damaged, or a newer version's."""
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
