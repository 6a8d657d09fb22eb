"""The notebook: valid, equal to the script, and executable."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from components.experiments.training.requests import Settings
from components.models.architecture.builder import build
from components.sharing.code.notebook import notebook
from components.sharing.code.script import script
from sample_data.content import presets
from sample_data.loading.sources import load, parse
from sample_data.own.saving import save_npz
from tests import matrix
from tests.originals import ORIGINALS

NOTEBOOKS = [(name,) for name in ORIGINALS]


@pytest.mark.parametrize("name", matrix.cases(NOTEBOOKS, NOTEBOOKS[:1]))
def test_a_preset_is_a_valid_notebook_of_its_script(name: str) -> None:
    """Include its picture, words and formulas."""
    architecture, data = presets.load(name), parse("redundant")
    graph = build(architecture).graph
    text = notebook(architecture, data=data, graph=graph)
    assert notebook(architecture, data=data, graph=graph) == text
    made = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(made)
    code = "\n".join(c.source for c in made.cells if c.cell_type == "code")
    wanted = [
        line for line in script(architecture, data=data, graph=graph).text.splitlines() if line
    ]
    found = [line for line in code.splitlines() if line]
    assert set(found) <= set(wanted)
    assert [line for line in wanted if line[:1] not in "#"][-1] == found[-1]
    first, *rest = made.cells
    assert first.source.startswith(f"# {name}\n\n![Diagram of")
    assert first.attachments["model.png"]["image/png"].startswith("iVBORw0KGgo")
    markdown = "\n".join(cell.source for cell in rest if cell.cell_type == "markdown")
    assert all(f"$$ {merge.formula} $$" in markdown for merge in architecture.merges)
    assert all(f"## Branch {branch.name}: " in markdown for branch in architecture.inputs)
    assert "## Training" in markdown


@pytest.mark.matrix
def test_it_executes(tmp_path: Path) -> None:
    architecture, data = presets.load("siamese_digits"), parse("similarity", 60)
    made = load(architecture, data)
    save_npz(tmp_path / "data.npz", {**made.inputs, **made.targets})
    text = notebook(architecture, Settings(epochs=2, class_weights="balanced"), data)
    client = NotebookClient(
        nbformat.reads(text, as_version=4),  # type: ignore[no-untyped-call]
        timeout=400,
        startup_timeout=300,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    done = client.execute()
    printed = "".join(out.get("text", "") for c in done.cells for out in c.get("outputs", ()))
    assert "Epoch 2/2" in printed
    assert (tmp_path / "siamese_digits.keras").exists()
