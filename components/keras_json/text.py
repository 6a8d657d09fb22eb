"""From bytes to plain data, and from data to texts and sizes that are safe to draw and to count."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from components.core.errors import ModelFileError
from components.core.text import byte_size

MOST_BYTES = 16_000_000
"""The largest model file. NASNetLarge, one of the longest of Keras's applications, has 1.3 MB."""
DEEPEST = 100
"""The deepest nesting of brackets. Files of Keras reach about 12, and 5 more a nested model."""
LARGEST = 2**31 - 1
"""The largest size of an axis that TensorFlow can address on most devices."""
LONGEST = 80
"""The most characters of a name that are kept."""

HOW_TO_SAVE = 'Write it with `open("model.json", "w").write(model.to_json())`.'


def data(text: str | bytes) -> Any:
    """The JSON of a file as plain data. Raises `ModelFileError`."""
    if len(text) > MOST_BYTES:
        raise ModelFileError(
            f"A model's file may have at most {byte_size(MOST_BYTES)}.",
            byte_size(len(text)),
            f"Save the description without the weights. {HOW_TO_SAVE}",
        )
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        if _depth(decoded) > DEEPEST:
            raise ModelFileError(
                f"A model's file may nest at most {DEEPEST} brackets.",
                f"more than {DEEPEST}",
                "Open one of its inner models alone.",
            )
        return json.loads(decoded)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:LONGEST]
        raise ModelFileError("A model's file must be JSON text.", reason, HOW_TO_SAVE) from None


_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.S)
_OTHER = re.compile(r"[^\[\]{}]+")


def _depth(text: str) -> int:
    """The most brackets that are open at once, up to one more than are allowed."""
    depth = most = 0
    for bracket in _OTHER.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        most = max(most, depth)
        if most > DEEPEST:
            break
    return most


def clean(value: object) -> str:
    """A text on one line that every picture and table can show, at most `LONGEST` characters."""
    text = value if isinstance(value, str) else repr(value)[: 2 * LONGEST]
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    shown = "".join(letter if letter.isprintable() else "�" for letter in short).strip()
    return shown or "(nothing)"


def identifier(name: str) -> str:
    """A name as an id of DOT and SVG: letters, digits, `_`, `.`, `-` and `/` of ASCII."""
    return re.sub(r"[^A-Za-z0-9_./-]", "_", name) or "_"


class Config:
    """A layer's configuration, read with the types that Keras writes. Raises `ModelFileError`."""

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self.name = name
        self.values = values

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def whole(self, key: str, default: int | None = None, least: int = 0) -> int:
        """A whole number."""
        return self._whole(key, self._value(key, default), least)

    def flag(self, key: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self.values.get(key)
        return default if value is None else bool(value)

    def word(self, key: str, default: str) -> str:
        """A text."""
        value = self.values.get(key)
        return value if isinstance(value, str) else default

    def sizes(self, key: str, axes: int, default: int | None = 1) -> tuple[int, ...]:
        """As many whole numbers as there are axes; one stands for all of them."""
        value = self._value(key, default)
        if isinstance(value, list | tuple) and len(value) == axes:
            return tuple(self._whole(key, item, 1) for item in value)
        if isinstance(value, list | tuple) and len(value) == 1:
            value = value[0]
        return (self._whole(key, value, 1),) * axes

    def pairs(self, key: str, axes: int) -> tuple[tuple[int, int], ...]:
        """As many pairs as there are axes; a number stands for both ends, one for all axes."""
        value = self._value(key, 1)
        single = axes == 1 and isinstance(value, list | tuple) and len(value) == 2
        items = [value] if single else value if isinstance(value, list | tuple) else [value] * axes
        if len(items) != axes:
            raise self.wrong(key, value)
        return tuple(self._pair(key, item) for item in items)

    def axes(self, key: str, default: Any) -> tuple[int, ...]:
        """Places of axes, which may count from the end."""
        value = self._value(key, default)
        items = value if isinstance(value, list | tuple) else [value]
        return tuple(self._whole(key, item, -64) for item in items)

    def layer(self, key: str) -> tuple[str, Config] | None:
        """The kind and the configuration of a layer among the arguments."""
        value = self.values.get(key)
        if not isinstance(value, Mapping) or not isinstance(value.get("config"), Mapping):
            return None
        return str(value.get("class_name")), Config(self.name, value["config"])

    def wrong(self, key: str, value: object) -> ModelFileError:
        """The error for a value that Keras doesn't write there."""
        return ModelFileError(
            f"A size must be a whole number up to {LARGEST:,}.",
            f"{clean(self.name)}: {clean(key)} {clean(value)}",
            HOW_TO_SAVE,
        )

    def _value(self, key: str, default: Any) -> Any:
        value = self.values.get(key)
        return default if value is None else value

    def _pair(self, key: str, value: Any) -> tuple[int, int]:
        items = value if isinstance(value, list | tuple) else (value, value)
        if len(items) != 2:
            raise self.wrong(key, value)
        return self._whole(key, items[0], 0), self._whole(key, items[1], 0)

    def _whole(self, key: str, value: Any, least: int) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
            raise self.wrong(key, value)
        return value
