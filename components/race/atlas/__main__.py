"""Make the atlas, or continue it: `python -m components.race.atlas`."""

from __future__ import annotations

import sys
from textwrap import fill

from components.core.paths import ROOT
from components.race.atlas.lessons import lessons
from components.race.atlas.making import make, opened
from components.race.atlas.picture import svg
from components.race.atlas.values import FILE, Atlas
from components.render.palette import LIGHT

PICTURE = ROOT / "docs" / "atlas.svg"
LESSONS = ROOT / "docs" / "atlas.md"
BEGIN, END = "<!-- lessons of the atlas, written by `make atlas` -->", "<!-- end of lessons -->"
WIDE = 110
"""Letters of a line of the page."""


def main() -> int:
    """Train what is missing; write the figures, the picture, and the lessons in docs/atlas.md."""
    with opened() as store:
        atlas = make(store, lambda text: print(text, file=sys.stderr))
    if atlas is None:
        return 130
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(atlas.json_text(), encoding="utf-8")
    PICTURE.write_text(svg(atlas, LIGHT), encoding="utf-8")
    LESSONS.write_text(with_lessons(LESSONS.read_text(encoding="utf-8"), atlas), encoding="utf-8")
    print(*lessons(atlas), sep="\n")
    return 0


def with_lessons(page: str, atlas: Atlas) -> str:
    """The page with the lessons between the two marks. Raises `ValueError` without a mark."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"the page must contain `{BEGIN}` and `{END}`")
    points = (f"- {lesson}" for lesson in lessons(atlas))
    lines = (
        fill(p, WIDE, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for p in points
    )
    return f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
