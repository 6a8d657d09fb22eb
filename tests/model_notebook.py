"""`docs/your_model.ipynb`: its cells are written by hand, their outputs by executing it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

from components.core.paths import ROOT, ours_first

NOTEBOOK = ROOT / "docs" / "your_model.ipynb"


def write() -> None:
    """Execute the notebook, and keep its outputs in its file."""
    with TemporaryDirectory() as folder:
        NOTEBOOK.write_text(executed(Path(folder), ours_first()), encoding="utf-8")


def executed(folder: Path, env: Mapping[str, str]) -> str:
    """Return the notebook's JSON with the outputs of a kernel that starts in that folder.

    Lines on standard error are left out: TensorFlow's have times and numbers of processes.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    metadata = notebook.metadata.copy()
    client = NotebookClient(
        notebook,
        timeout=400,
        startup_timeout=300,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=dict(env))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]
    notebook.metadata = metadata  # A kernel adds its version of Python.
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]
