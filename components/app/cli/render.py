"""The command `render`: write the diagram to a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, get_args

import click

from components.app.cli.sources import (
    Command,
    Output,
    field_option,
    model_argument,
    output_option,
    read_model,
)
from components.base.errors import FileError
from components.base.text import join_names
from components.base.workers.keras_import import load_keras
from components.models.architecture.architecture import Architecture
from components.models.drawing import caption
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import (
    PLAIN,
    DiagramOptions,
    Direction,
    Level,
    require_repeats,
)
from components.models.drawing.palette import ThemeName
from components.models.drawing.paper import Fit, fitted_to_page
from components.models.imported import ImportedModel
from components.models.language.fields import Setting, settings
from components.models.language.graph import Graph
from components.sharing.formats import PICTURES, picture_format

_SHOWN = {field.name for field in fields(DiagramOptions)}
_GENERATED = "\0"
"""Value of `--caption` without a text: the caption is generated from the architecture."""


def _choice(name: str, values: Any, default: str | None = None) -> Callable[[Command], Command]:
    return click.option(f"--{name}", type=click.Choice(get_args(values)), default=default)


def _switch(name: str, help: str) -> Callable[[Command], Command]:
    return click.option(f"--{name}/--no-{name}", default=getattr(PLAIN, name), help=help)


def _format_options(command: Command) -> Command:
    """Add an option for each setting of a picture format."""
    choices: dict[str, tuple[Setting, list[str]]] = {}
    for form in PICTURES.values():
        for setting in settings(form):
            choices.setdefault(setting.name, (setting, []))[1].append(form.title)
    for setting, titles in choices.values():
        command = field_option(setting, f"Of {join_names(titles)}. ")(command)
    return command


@click.command()
@model_argument()
@output_option(
    f"File to write. Its ending is one of {', '.join(PICTURES)}, or zip for all.",
    *(*PICTURES, "zip"),
    required=True,
)
@_choice("theme", ThemeName, PLAIN.theme)
@_choice("level", Level, PLAIN.level)
@_choice("direction", Direction)
@click.option("--horizontal", is_flag=True, help="The same as --direction horizontal.")
@click.option(
    "--fit",
    type=click.Choice(get_args(Fit)),
    help="page: folded into columns that can be read on one page of A4.",
)
@click.option("--title", default=PLAIN.title, metavar="TEXT", help="Title above the picture.")
@click.option(
    "--caption",
    is_flag=False,
    flag_value=_GENERATED,
    default=PLAIN.caption,
    metavar="[TEXT]",
    help="Caption below the picture; without TEXT it describes the architecture.",
)
@_switch("shapes", "Output shape of each layer.")
@_switch("parameters", "Number of parameters of each layer.")
@_switch("activations", "Activation of each layer.")
@_switch("losses", "Loss of each head.")
@_switch("repeats", "Each of equal blocks in a row; without them, one with a repeat count.")
@_switch("classes", "Keras's names of layers; without them, names in plain words.")
@_switch("legend", "Meaning of the colours.")
@click.option(
    "--transparent/--no-transparent",
    help="No background. PDFs have one in any case.",
)
@_format_options
def render(
    model: str,
    output: Output,
    direction: Direction | None,
    horizontal: bool,
    transparent: bool,
    theme: ThemeName,
    fit: Fit | None,
    **choices: Any,
) -> int:
    """Write the diagram to a file."""
    if direction and horizontal:
        raise click.UsageError("Use --direction or --horizontal, not both")
    of_format = {name: choices.pop(name) for name in [*choices] if name not in _SHOWN}
    chosen = {name: value for name, value in of_format.items() if value is not None}
    if output.ending == "zip" and chosen:
        raise click.UsageError(f"A zip can't have {join_names([f'--{name}' for name in chosen])}")
    form = (
        None
        if output.ending == "zip"
        else picture_format(output.ending, chosen, {"fit": fit, **choices})
    )
    options = DiagramOptions(
        direction=direction or ("horizontal" if horizontal else PLAIN.direction),
        theme=theme,
        transparent=transparent,
        **choices,
    )
    require_repeats(options)
    read = read_model(model)
    if isinstance(read, ImportedModel):
        architecture, graph = None, read.graph
    else:
        architecture, options = read.architecture, replace(options, marks=read.architecture.marks)
        graph = _built(architecture)
    if choices["caption"] == _GENERATED:
        options = replace(options, caption=caption.text(emphasised(graph, options)))
    if fit:
        options = fitted_to_page(graph, options)
    output.write(form.write(graph, options) if form else _archive(architecture, graph, options))
    return 0


def _built(architecture: Architecture) -> Graph:
    load_keras()
    from components.models.architecture.builder import build

    return build(architecture).graph


def _archive(architecture: Architecture | None, graph: Graph, options: DiagramOptions) -> bytes:
    """Return all formats of an architecture and its code. Raises `FileError` for a Keras model."""
    if architecture is None:
        raise FileError(
            "A zip also holds the code of an architecture, which a Keras model doesn't have.",
            graph.name,
            "Write one picture, such as `-o model.svg`.",
        )
    from components.models.architecture.costs import costs_of
    from components.sharing.code.archive import code_files, model_archive

    return model_archive(
        architecture, graph, costs_of(graph), options, code_files(architecture, graph)
    )
