"""The commands `presets`, `schema`, `summary`, `code`, `link` and `diff`: models as texts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from components import keras_json
from components.cli.sources import (
    RunOptions,
    architecture_argument,
    file_ending,
    output_option,
    read_link_content,
    run_options,
)
from components.core.errors import LinkError
from components.core.files import exists, read_file, write_file
from components.core.graph import Graph
from components.core.keras_import import load_keras
from components.export.link import PARAMETER, share
from components.keras_json import MOST_BYTES, is_keras_model
from components.model.costs import Costs, costs_of
from sample_data import applications
from sample_data import presets as known_presets


@click.command()
def presets() -> int:
    """List the presets, one a line."""
    click.echo("\n".join(known_presets.names()))
    return 0


@click.command()
def schema() -> int:
    """Print the JSON schema of architectures."""
    from components.model import schema

    click.echo(schema.text(), nl=False)
    return 0


@click.command()
@architecture_argument
def summary(architecture: str) -> int:
    """Print the summary of Keras."""
    wanted = read_link_content(architecture).architecture
    load_keras()
    from components.model.builder import build
    from components.render import summary

    model = build(wanted).model
    if sys.stdout.isatty():
        model.summary()
    else:
        click.echo(summary.text(model))
    return 0


@click.command()
@architecture_argument
@run_options
@output_option("File to write; it ends in .py or .ipynb.")
def code(run: RunOptions, output: Path | None) -> int:
    """Write the Keras script, or a notebook."""
    from components.export.notebook import notebook
    from components.export.script import script

    ending = file_ending(output, ("py", "ipynb"), "A file of code") if output else "py"
    model = run.read()
    parts = (model.architecture, model.settings, model.data)
    load_keras()
    text = notebook(*parts) if ending == "ipynb" else script(*parts).text
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text.encode())
    return 0


@click.command()
@architecture_argument
@run_options
@click.option("--url", metavar="URL", help="Address of the playground, to print the whole link.")
def link(run: RunOptions, url: str | None) -> int:
    """Print a share link that contains the whole architecture."""
    model = run.read()
    if isinstance(model.data, str):
        raise LinkError(
            "A link can't contain your own file.",
            model.data,
            "Leave `--data` out.",
        )
    token = share(model.architecture, model.data, model.settings)
    click.echo(f"{url.rstrip('/')}/?{PARAMETER}={token}" if url else token)
    return 0


_ENDINGS = ("md", "csv", "svg", "png")
_HELP = "A preset, a collection, an architecture's or a Keras model's JSON file, or a share link."


@click.command()
@click.argument("before", help=_HELP)
@click.argument("after", help=_HELP)
@output_option(
    "File to write instead of printing Markdown: the table as .md or .csv, both pictures as .svg "
    "or .png."
)
@click.option(
    "--natural-size",
    is_flag=True,
    help="A .png in its natural size; else it is as wide as a slide at most, 2560 pixels.",
)
def diff(before: str, after: str, output: Path | None, natural_size: bool) -> int:
    """Say what differs between two models."""
    ending = file_ending(output, _ENDINGS, "The file of a difference") if output else "md"
    load_keras()
    from components.analysis import difference
    from components.export import difference_report

    one, other = _model(before), _model(after)
    compared = difference.compare(one[0], other[0], one[1], other[1])
    if output is not None and ending == "png":
        write_file(output, difference.both_png(compared, natural_size))
        return 0
    write = {"md": difference_report.markdown, "csv": difference_report.csv}
    text = write.get(ending, difference.both)(compared)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text.encode())
    return 0


def _model(text: str) -> tuple[Graph, Costs]:
    """The graph of a model of ours, or of Keras, and its costs."""
    from components.model.builder import build

    path, content = Path(text), b""
    if text in applications.names():
        content = applications.text(text).encode()
    elif exists(path):
        content = read_file(path, MOST_BYTES)
    if is_keras_model(content):
        model = keras_json.read(content, text if text in applications.names() else "")
        return model.graph, model.costs
    graph = build(read_link_content(text).architecture).graph
    return graph, costs_of(graph)
