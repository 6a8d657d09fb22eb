"""Source Sans, the font of every picture and of the page, under the SIL Open Font License."""

from __future__ import annotations

import base64
import io
import logging
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FAMILY = "Source Sans 3"
FAMILIES = f"'{FAMILY}','Source Sans',Helvetica,Arial,sans-serif"
"""Font families of SVGs; `Source Sans` is the page's name of the font."""
FILE_FAMILIES = FAMILIES.replace("sans-serif", "'DejaVu Sans Condensed',sans-serif")
"""Font families of files: where Linux has no Arial, the usual font is too wide for cards."""
REGULAR = Path(__file__).parent / "fonts" / "SourceSans3-Regular.ttf"
BOLD = Path(__file__).parent / "fonts" / "SourceSans3-Bold.ttf"
_LAYOUT = {"BASE", "GDEF", "GPOS", "GSUB"}
"""Tables of ligatures and kerning, which pictures don't use: to read them takes .15 seconds."""


@lru_cache(maxsize=4096)
def width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points, at a size in points."""
    advances, wide = _advances(BOLD if bold else REGULAR)
    return sum(advances.get(ord(letter), wide) for letter in text) * size


def wrapped(text: str, size: float, most: float, bold: bool = False) -> list[str]:
    """Wrap a text into lines of at most `most` points, between words or else within one."""
    lines: list[str] = []
    for word in re.split(r"[ \t\r\n]+", text.strip()):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold) <= most:
            lines[-1] = longer
            continue
        while width(word, size, bold) > most and len(word) > 1:
            fits = next(n for n in range(len(word) - 1, 0, -1)
                        if n == 1 or width(word[:n], size, bold) <= most)  # fmt: skip
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return lines


def missing_letters(text: str) -> str:
    """Return the letters of a text that the font lacks, each once."""
    known, _ = _advances(REGULAR)
    missing = (letter for letter in text if ord(letter) not in known and not letter.isspace())
    return "".join(dict.fromkeys(missing))


def font_face(letters: str, bold: bool = False, growth: float = 1) -> str:
    """Return a CSS `@font-face` of these letters as WOFF, drawn `growth` times as large."""
    weight = "bold" if bold else "normal"
    woff = _subset("".join(sorted(set(letters))), BOLD if bold else REGULAR)
    data = base64.b64encode(woff).decode()
    grown = f"size-adjust:{growth:.2%};" if growth != 1 else ""
    return (
        f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};{grown}"
        f"src:url(data:font/woff;base64,{data})}}"
    )


@cache
def _advances(path: Path) -> tuple[dict[int, float], float]:
    """Return the widths of letters by code point, and of a missing one, relative to the size."""
    font = _open(path)
    units, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
    widths = {code: metrics[name][0] / units for code, name in font.getBestCmap().items()}
    return widths, metrics[".notdef"][0] / units


@cache
def _subset(letters: str, path: Path) -> bytes:
    from fontTools import subset

    options = subset.Options(
        flavor="woff",
        hinting=False,
        layout_features=[],
        name_IDs=[0, 1, 2, 13, 14],
        notdef_outline=True,
    )
    subset.log.setLevel(logging.WARNING)  # A notebook that logs shows a line for each table.
    font = _open(path)
    for table in _LAYOUT.intersection(font.keys()):
        del font[table]
    cutter = subset.Subsetter(options)
    cutter.populate(text=letters)
    cutter.subset(font)
    font.flavor = "woff"
    held = io.BytesIO()
    font.save(held)
    return held.getvalue()


def _open(path: Path) -> TTFont:
    from fontTools.ttLib import TTFont

    return TTFont(path, recalcTimestamp=False)
