"""Make the atlas, or continue it: `python -m components.race.atlas`."""

from __future__ import annotations

import sys

from components.core.paths import ROOT
from components.race.atlas.making import make, opened
from components.race.atlas.picture import svg
from components.race.atlas.values import FILE
from components.render.palette import LIGHT

PICTURE = ROOT / "docs" / "atlas.svg"


def main() -> int:
    """Train what is missing; write the figures and the picture."""
    with opened() as store:
        atlas = make(store, lambda text: print(text, file=sys.stderr))
    if atlas is None:
        return 130
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(atlas.json_text(), encoding="utf-8")
    PICTURE.write_text(svg(atlas, LIGHT), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
