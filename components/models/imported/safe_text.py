"""Conversion of bytes to plain data, and of data to texts and sizes that are safe to show."""

from __future__ import annotations

import json
import re
from typing import Any

from components.base.errors import ModelFileError
from components.base.text import byte_size

MOST_BYTES = 16_000_000
"""Maximum size of a description in bytes. That of NASNetLarge, one of the largest, has 1.3 MB."""
LARGEST = 2**31 - 1
"""Maximum size of an axis that TensorFlow can address on most devices."""
LONGEST = 80
"""Maximum length of a name, in characters."""

OPEN_INNER = "Open one of its inner models alone."
HOW_TO_SAVE = 'Save the model with `model.save("model.keras")`, and use that file.'


def wrong_file(rule: str, received: object, fix: str = HOW_TO_SAVE) -> ModelFileError:
    """Return the error for a file that breaks a rule; the received value is shortened."""
    return ModelFileError(rule, clean(received), fix)


def data(text: str | bytes) -> Any:
    """Parse the JSON of a file to plain data. Raises `ModelFileError`."""
    if len(text) > MOST_BYTES:
        raise too_large(len(text), MOST_BYTES)
    try:
        return json.loads(text)
    except ValueError as error:
        if text.lstrip()[:1] in ("{", "[", b"{", b"["):
            raise wrong_file("The file's JSON is damaged.", error) from None
        rule = "This is not a file of a Keras model: `.keras`, `.h5`, or its JSON."
        raise wrong_file(rule, beginning(text)) from None


def too_large(size: int, most: int) -> ModelFileError:
    """Return the error for a description that is too large."""
    rule = f"The description of a model may have at most {byte_size(most)}."
    fix = 'Save it without weights: `open("model.json", "w").write(model.to_json())`.'
    return wrong_file(rule, byte_size(size), fix)


def beginning(text: str | bytes) -> str:
    """Describe the start of a file for an error message."""
    if not text:
        return "it is empty"
    start = (text[:8].decode("latin-1") if isinstance(text, bytes) else text[:8]).strip()
    readable = start.isascii() and start.isprintable()
    return f"it begins with {start}" if readable else "it is not text"


def clean(value: object) -> str:
    """Return a printable text on one line, with at most `LONGEST` characters."""
    text = str(value) if isinstance(value, str | Exception) else repr(value)[: 2 * LONGEST]
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    shown = "".join(letter if letter.isprintable() else "�" for letter in short).strip()
    return shown or "(nothing)"


def identifier(name: str) -> str:
    """Return a name as an id for DOT and SVG: ASCII letters, digits, `_`, `.`, `-` and `/`."""
    return re.sub(r"[^A-Za-z0-9_./-]", "_", name) or "_"


def is_model_json(content: bytes) -> bool:
    """Return `True` if a file looks like the JSON of a Keras model."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and {"class_name", "config"} <= data.keys()
