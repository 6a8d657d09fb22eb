"""Generated files, written from the code: `make generate`. Review the changes, then commit them.

`make generate ARGS=screens` writes only the golden screenshots of all pages, and `make generate
ARGS=pictures` only the pictures of the documents: each takes some minutes and needs a browser.
`make generate ARGS=example` trains the example of Compare and Inspect anew, in half a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from components.base.paths import ROOT
from components.experiments.races.atlas.__main__ import PICTURE
from components.experiments.races.atlas.picture import svg
from components.experiments.races.atlas.values import load
from components.models.drawing.palette import LIGHT
from tests import (
    link_dictionary,
    model_notebook,
    packages_picture,
    readme_example,
    reference_pages,
    trained_example,
)
from tests.e2e import pictures
from tests.formats import frozen

DOCS = ROOT / "docs"
PACKAGES = DOCS / "packages.svg"


def main(what: Sequence[str] = ()) -> int:
    """Write the schemas of formats, the dictionary of links, the reference pages, the outputs of
    the notebook and of the README, and the pictures of documents and tests.

    With `screens`, write the golden screenshots instead; with `pictures`, those of the documents,
    or only those whose names follow; with `example`, the trained example.
    """
    if "screens" in what:
        return _tested("tests/e2e/test_screens.py", "UPDATE_SCREENS", "-m", "matrix")
    if "pictures" in what:
        pictures.take(DOCS / "pictures", [name for name in what if name != "pictures"])
        return 0
    if "example" in what:
        trained_example.write()
        return 0
    frozen.write()
    link_dictionary.write()
    reference_pages.write()
    PACKAGES.write_text(packages_picture.svg(), encoding="utf-8")
    model_notebook.write()
    readme_example.write()
    if (atlas := load()) is not None:
        PICTURE.write_text(svg(atlas, LIGHT), encoding="utf-8")
    return _tested("tests/models/drawing", "UPDATE_SNAPSHOTS")


def _tested(tests: str, update: str, *chosen: str) -> int:
    """Run tests in the mode in which they write their expected results. Return the exit code."""
    command = [sys.executable, "-m", "pytest", "-q", tests, *chosen]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, update: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
