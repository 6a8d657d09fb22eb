"""Zip file with a whole model: pictures, tables, caption, JSON, and extra files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import get_args

from components.base.errors import FileError
from components.base.markup import escape_markdown
from components.base.text import free_name
from components.base.zips import zip_of
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import Costs
from components.models.drawing import caption
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import PLAIN, DiagramOptions, Level
from components.models.drawing.palette import THEMES
from components.models.language.graph import Graph
from components.sharing.code import parameters
from components.sharing.formats import PICTURES, TABLES
from components.sharing.formats.base import TextTable
from components.sharing.formats.markdown import MarkdownTable
from components.sharing.formats.svg import SvgPicture

_EXTRA_FILES = {"py": "trains the model with plain Keras", "ipynb": "the same as a notebook"}
_Files = Iterator[tuple[str, tuple[bytes, str]]]


def model_archive(
    architecture: Architecture,
    graph: Graph,
    costs: Costs,
    options: DiagramOptions = PLAIN,
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return a zip with a README; the same model and look give the same bytes.

    It contains the picture at every level and in every format, the chosen level in every theme, the
    tables of parameters, the caption, the architecture's JSON, and the `extra` files by name.
    Pictures that a format can't represent are left out, such as one too large for A4.
    """
    files = dict([*_pictures(graph, options), *_tables(graph, costs)])
    drawn = emphasised(graph, options)
    files["caption.txt"] = (f"{caption.text(drawn)}\n".encode(), "the picture in words")
    files["alt.txt"] = (f"{caption.alt(drawn)}\n".encode(), "alternative text of the picture")
    files["architecture.json"] = (architecture.json_text().encode(), "opens in the playground")
    for name, data in (extra or {}).items():
        files[name] = (data, _EXTRA_FILES.get(name.rpartition(".")[2], "as given"))
    readme = _readme(graph, {name: about for name, (_, about) in files.items()})
    return zip_of([("README.md", readme), *((name, data) for name, (data, _) in files.items())])


def model_files(models: Iterable[tuple[str, Architecture]]) -> bytes:
    """Return a zip with a JSON file for each architecture, named after the text given with it."""
    files: dict[str, bytes] = {}
    for title, architecture in models:
        name = re.sub(r"[^\w-]+", "_", title).strip("_") or "model"
        files[free_name(name, files)] = architecture.json_text().encode()
    return zip_of((f"{name}.json", data) for name, data in files.items())


def code_files(architecture: Architecture, graph: Graph) -> dict[str, bytes]:
    """Return script and notebook by file name, as `extra` files. Raises the errors of `script`."""
    from components.sharing.code.notebook import notebook
    from components.sharing.code.script import script

    texts = {
        "py": script(architecture, graph=graph).text,
        "ipynb": notebook(architecture, graph=graph),
    }
    return {f"{architecture.name}.{ending}": text.encode() for ending, text in texts.items()}


def _pictures(graph: Graph, options: DiagramOptions) -> _Files:
    levels: tuple[Level, ...] = get_args(Level)
    for level in levels:
        shown = replace(options, level=level)
        for ending, form in PICTURES.items():
            for suffix, choices in form.archived.items():
                with suppress(FileError):
                    data = form(**choices).write(graph, shown)
                    about = ", ".join([form.about, *(f"{n} {v}" for n, v in choices.items())])
                    yield f"pictures/{level}{suffix}.{ending}", (data, f"{level} as {about}")
    for name, theme in THEMES.items():
        if name != options.theme:
            data = SvgPicture().write(graph, replace(options, theme=theme.name))
            yield f"pictures/{options.level}_{name}.svg", (data, f"colours: {name}")


def _tables(graph: Graph, costs: Costs) -> _Files:
    for name, table in (
        ("layers", parameters.by_layer(graph, costs)),
        ("parts", parameters.by_part(graph, costs)),
    ):
        for ending, form in TABLES.items():
            data = form().write(table).encode()
            yield f"tables/{name}.{ending}", (data, f"{table.caption}, as {form.about}")


def _readme(graph: Graph, files: Mapping[str, str]) -> bytes:
    table = TextTable("Files", ("File", "What it is"), tuple(files.items()))
    name, words = map(escape_markdown, (graph.name, caption.text(graph)))
    return f"# {name}\n\n{words}\n\n{MarkdownTable().write(table)}".encode()
