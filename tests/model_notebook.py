"""The notebook `docs/your_model.ipynb`: cells written by hand, outputs from an execution."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

from components.base.paths import ROOT, ours_first

NOTEBOOK = ROOT / "docs" / "your_model.ipynb"


def write() -> None:
    """Execute the notebook, and store its outputs in its file."""
    with TemporaryDirectory() as folder:
        NOTEBOOK.write_text(executed(Path(folder), ours_first()), encoding="utf-8")


def executed(folder: Path, env: Mapping[str, str]) -> str:
    """Return the JSON of the notebook with the outputs of a kernel that starts in that folder.

    Standard error is left out: TensorFlow writes times and process numbers to it.
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
