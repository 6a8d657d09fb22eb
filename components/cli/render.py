"""The command `render`: the diagram as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from components.cli.files import file_ending
from components.cli.sources import Command, architecture_argument, read_architecture
from components.core.errors import FileError
from components.core.files import write_file
from components.core.keras_import import load_keras
from components.render.options import (
    PLAIN,
    DiagramOptions,
    Direction,
    Level,
    transparent_by_default,
)
from components.render.palette import ThemeName

MOST_SCALE = 8
_GENERATED = "\0"
"""The caption of `--caption` without a text: it is generated from the architecture."""


def _choice(name: str, values: Any, default: str | None = None) -> Callable[[Command], Command]:
    return click.option(f"--{name}", type=click.Choice(get_args(values)), default=default)


def _switch(name: str, help: str) -> Callable[[Command], Command]:
    return click.option(f"--{name}/--no-{name}", default=getattr(PLAIN, name), help=help)


@click.command()
@architecture_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=Path,
    metavar="FILE",
    help="Its ending selects the format: svg, png, pdf, dot, mmd, or zip for all.",
)
@_choice("theme", ThemeName, PLAIN.theme)
@_choice("level", Level, PLAIN.level)
@_choice("direction", Direction)
@click.option("--horizontal", is_flag=True, help="The same as --direction horizontal.")
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
@_switch("legend", "Meaning of the colours.")
@click.option(
    "--transparent/--no-transparent",
    default=None,
    help="No background: the default, except of the dark theme. PDFs have one in any case.",
)
@click.option(
    "--scale",
    type=float,
    default=2,
    metavar="S",
    help="Of a PNG: 1, 2 or 4. It has 96 × S dots an inch.",
)
@click.option("--page", type=click.Choice(["fit", "A4"]), default="fit", help="Of a PDF.")
@click.option(
    "--width",
    type=float,
    default=0,
    metavar="MM",
    help="Width of an SVG, PNG or PDF in millimetres, but not on an A4 page; by default its "
    "natural size.",
)
def render(
    architecture: str,
    output: Path,
    direction: Direction | None,
    horizontal: bool,
    scale: float,
    page: Any,
    width: float,
    transparent: bool | None,
    theme: ThemeName,
    **choices: Any,
) -> int:
    """Write the diagram to a file."""
    from components.render import caption, pictures

    ending = file_ending(output, (*pictures.FORMATS, "zip"), "A picture's file")
    if direction and horizontal:
        raise click.UsageError("Use --direction or --horizontal, not both")
    if not MOST_SCALE >= scale >= 1 / MOST_SCALE:
        raise FileError(
            f"The scale of a PNG must be from 1/{MOST_SCALE} to {MOST_SCALE}.",
            f"{scale:g}",
            "Write 1, 2 or 4.",
        )
    chosen = direction or ("horizontal" if horizontal else PLAIN.direction)
    clear = transparent_by_default(theme) if transparent is None else transparent
    options = DiagramOptions(direction=chosen, theme=theme, transparent=clear, **choices)
    spec = read_architecture(architecture)
    load_keras()
    from components.model.builder import build

    graph = build(spec).graph
    if options.caption == _GENERATED:
        options = replace(options, caption=caption.text(graph))
    if ending == "zip":
        from components.export.archive import code_files, model_archive
        from components.model import costs

        code = code_files(spec, graph)
        data = model_archive(spec, graph, costs.of(graph), options, code)
    else:
        data = pictures.render(graph, ending, options, pictures.FileSize(scale, page, width))
    write_file(output, data)
    return 0
