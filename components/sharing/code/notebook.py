"""Jupyter notebook with the script of an architecture, its picture, caption and formulas."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from components.base.errors import FileError
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.models.drawing import caption
from components.models.drawing.options import PLAIN
from components.models.language.graph import Graph
from components.models.merges.base import Merge
from components.sharing.code.model_code import ScriptSection
from components.sharing.code.script import built_graph, script, spaced
from components.sharing.formats.png import PngPicture
from sample_data.loading.sources import Data

_PICTURE = "model.png"
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

Cell = dict[str, Any]


def notebook(
    architecture: Architecture,
    settings: Settings | None = None,
    data: Data | None = None,
    graph: Graph | None = None,
) -> str:
    """Return the JSON of a notebook, format 4.5: the sections of `script` below headings.

    The picture is a PNG in the file. Raises the errors of `script`.
    """
    graph = graph or built_graph(architecture)
    code = script(architecture, settings, data, graph)
    merges = {merge.name: merge for merge in architecture.merges}
    cells = [_picture(architecture, graph)]
    for section in code.sections:
        cells += [_heading(section, merges.get(section.group)), _code(section)]
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)]
    whole = {"cells": numbered, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _picture(architecture: Architecture, graph: Graph) -> Cell:
    """Return a cell with the model's name and caption, and its picture unless it is too large."""
    words = f"# {architecture.name}\n\n{caption.text(graph)}"
    try:
        image = base64.b64encode(PngPicture().write(graph, PLAIN)).decode()
    except FileError:
        return _markdown(words)
    alt = caption.alt(graph).replace("[", "(").replace("]", ")")
    text = f"# {architecture.name}\n\n![{alt}](attachment:{_PICTURE})\n\n{caption.text(graph)}"
    return {**_markdown(text), "attachments": {_PICTURE: {"image/png": image}}}


def _heading(section: ScriptSection, merge: Merge | None) -> Cell:
    """Return a cell with a section's title; for a merge also formula, strengths and weaknesses."""
    text = f"## {section.title.rstrip(':')}"
    if merge is not None:
        text += f"\n\n$$ {merge.formula} $$\n\nGood for: {merge.good_for}."
        text += f"\n\nWeak at: {merge.weak_at}."
    return _markdown(text)


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(section: ScriptSection) -> Cell:
    source = "\n".join(_lines(section))
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def _lines(section: ScriptSection) -> Iterator[str]:
    for blank, statement in spaced(section):
        yield from [""] * blank
        yield from statement.lines
