"""What a draft holds, as bytes for the store: the model and its last steps, data and settings."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from components.core.errors import PlaygroundError, RunError
from components.model.spec import Architecture, parse
from components.ui.editor.drafts import Draft
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
        "fields": _fields(),
        "valid": content.valid.data(),
        "draft": content.draft,
        "past": list(content.past[-STEPS:]),
        "link": content.link,
        "form": content.form,
    }
    return zlib.compress(json.dumps(parts, separators=(",", ":")).encode())


def unpack(packed: bytes) -> DraftContent:
    """The content in bytes. Raises `RunError` if they are damaged or another version's."""
    try:
        unpacker = zlib.decompressobj()
        parts = json.loads(unpacker.decompress(packed, MOST_BYTES))
        if parts["fields"] != _fields():
            raise ValueError("another version")
        valid = parse(parts["valid"])
        return DraftContent(parts["draft"], valid, parts["past"], parts["link"], parts["form"])
    except (PlaygroundError, ValueError, LookupError, TypeError, zlib.error):
        raise RunError(
            "This draft is of another version of the playground.",
            "",
            "Start from a preset, or open the model from a link or a JSON file.",
        ) from None


@lru_cache(maxsize=1)
def _fields() -> str:
    """A fingerprint of all fields that an architecture can have: equal for equal versions."""
    schema = json.dumps(Architecture.model_json_schema(), sort_keys=True)
    return hashlib.sha256(schema.encode()).hexdigest()[:16]
