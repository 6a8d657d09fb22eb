"""From bytes to plain data, and from data to texts and sizes that are safe to draw and to count."""

from __future__ import annotations

import json
import re
from typing import Any

from components.core.errors import ModelFileError
from components.core.text import byte_size

MOST_BYTES = 16_000_000
"""The largest description. NASNetLarge, one of the longest of Keras's applications, has 1.3 MB."""
LARGEST = 2**31 - 1
"""The largest size of an axis that TensorFlow can address on most devices."""
LONGEST = 80
"""The most characters of a name that are kept."""

OPEN_INNER = "Open one of its inner models alone."
HOW_TO_SAVE = 'Save the model with `model.save("model.keras")`, and use that file.'


def wrong_file(rule: str, received: object, fix: str = HOW_TO_SAVE) -> ModelFileError:
    """The error for a file that breaks a rule; what was received is shortened."""
    return ModelFileError(rule, clean(received), fix)


def data(text: str | bytes) -> Any:
    """The JSON of a file as plain data. Raises `ModelFileError`."""
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
    """Return the start of a file as a person reads it."""
    if not text:
        return "it is empty"
    start = (text[:8].decode("latin-1") if isinstance(text, bytes) else text[:8]).strip()
    readable = start.isascii() and start.isprintable()
    return f"it begins with {start}" if readable else "it is not text"


def clean(value: object) -> str:
    """A text on one line that every picture and table can show, at most `LONGEST` characters."""
    text = str(value) if isinstance(value, str | Exception) else repr(value)[: 2 * LONGEST]
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    shown = "".join(letter if letter.isprintable() else "�" for letter in short).strip()
    return shown or "(nothing)"


def identifier(name: str) -> str:
    """A name as an id of DOT and SVG: letters, digits, `_`, `.`, `-` and `/` of ASCII."""
    return re.sub(r"[^A-Za-z0-9_./-]", "_", name) or "_"


def is_model_json(content: bytes) -> bool:
    """Return `True` if a file looks like the JSON of a model of Keras."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and {"class_name", "config"} <= data.keys()
