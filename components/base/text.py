"""Plain text for several packages: lists of names, plurals, sizes, durations, free names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from itertools import count

DAY_SECONDS = 86_400
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Characters without a glyph: control codes, and codes that change the direction of a text."""


def without_control(text: str) -> str:
    """Remove control characters from a text, except tabs and line ends."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Return a text on one line, without control characters and superfluous spaces."""
    return " ".join(without_control(text).split())


def identifier(text: str, otherwise: str) -> str:
    """Return a technical name for a text: `Größe 2` -> `grosse_2`.

    It starts with `otherwise` if it would not start with a letter.
    """
    folded = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    if not name[:1].isalpha():
        name = f"{otherwise}_{name}".strip("_")
    return name[:40].rstrip("_")


def join_names(names: Sequence[str], most: int | None = None, last: str = "and") -> str:
    """Join names as `a, b and c`.

    Of more than `most` + 1 names, it shows the first `most` and the number of the rest.
    """
    if most is not None and len(names) > most + 1:
        names = [*names[:most], f"{len(names) - most} more"]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def quoted(names: Sequence[str]) -> str:
    """Join names in backticks for a sentence."""
    return join_names([f"`{name}`" for name in names])


_SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def plural(number: int, one: str, many: str = "") -> str:
    """Return `1 part` or `2 parts`; `many` is the plural if it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def spelled(number: int) -> str:
    """Return `no`, then `one` to `ten`, then `11`."""
    return _SPELLED[number] if number < len(_SPELLED) else f"{number:,}"


def ordinal(number: int) -> str:
    """Return `first`, `second` or `third`, then `number 4`."""
    return {1: "first", 2: "second", 3: "third"}.get(number, f"number {number}")


def short_number(number: float) -> str:
    """Return a number with a unit prefix: 4071297 -> `4.07 M`."""
    return _scaled(number, ("", " K", " M", " G", " T", " P"))


def byte_size(number: float) -> str:
    """Return bytes in powers of ten: 16285188 -> `16.3 MB`, 50000000 -> `50 MB`."""
    size = _scaled(number, (" B", " KB", " MB", " GB", " TB", " PB"))
    return size.replace(".00 ", " ").replace(".0 ", " ")


def _scaled(number: float, units: tuple[str, ...]) -> str:
    power = 0
    while number >= 999.5 and power < len(units) - 1:
        number /= 1000
        power += 1
    if power == 0:
        return f"{number:.0f}{units[0]}"
    digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:.{digits}f}{units[power]}"


def duration(seconds: float) -> str:
    """Return a duration with its unit: `14 ms`, `4.2 s`, `45 s`, `3 min`, `2.5 h`."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7170 else f"{seconds / 3600:.1f} h"


def progress_bar(share: float) -> str:
    """Return a bar of 30 characters, filled up to a share from 0 to 1."""
    filled = round(30 * share)
    return "█" * filled + "░" * (30 - filled)


def shape_text(shape: Sequence[int | str | None]) -> str:
    """Return a shape in Python's notation, `(62, 62, 32)`, with `any` for an open length."""
    axes = ", ".join("any" if axis is None else str(axis) for axis in shape)
    return f"({axes},)" if len(shape) == 1 else f"({axes})"


def size_text(shape: Sequence[int | None]) -> str:
    """Return a size: (62, 62, 32) -> `62 × 62 × 32`, with `any` for an open length."""
    return " × ".join("any" if axis is None else f"{axis:,}" for axis in shape) or "1"


def free_name(
    wanted: str, taken: Container[str], separator: str = "_", longest: int | None = None
) -> str:
    """Return `wanted`, or the first of `wanted_2`, `wanted_3` … that is not taken.

    Names with a number start with at most `longest` characters of `wanted`.
    """
    if wanted not in taken:
        return wanted
    numbered = (f"{wanted[:longest]}{separator}{number}" for number in count(2))
    return next(name for name in numbered if name not in taken)


def humanize(option: str) -> str:
    """Return `sparse_categorical_crossentropy` as `sparse categorical crossentropy`."""
    return option.replace("_", " ")
