"""Make the atlas, or continue it: `python -m components.race.atlas`."""

from __future__ import annotations

import sys

from components.core.files import write_file
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
    write_file(FILE, atlas.json_text().encode())
    write_file(PICTURE, svg(atlas, LIGHT).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
