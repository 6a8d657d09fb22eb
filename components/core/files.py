"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def replacing(path: Path, private: bool = False) -> Iterator[Path]:
    """The path of a new file beside `path`: it replaces `path` unless an error is raised.

    Only the user who runs the playground can read a `private` file.
    """
    with TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder, path.name)
        if private:
            new.touch(0o600)
        yield new
        os.replace(new, path)
