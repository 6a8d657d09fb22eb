"""The command `diff`: what differs between two models."""

from __future__ import annotations

from pathlib import Path

import click

from components import keras_json
from components.cli.sources import file_ending, output_option, read_link_content
from components.core.files import exists, read_file, write_file
from components.core.graph import Graph
from components.core.keras_import import load_keras
from components.keras_json import MOST_BYTES, is_keras_model
from components.model.costs import Costs, costs_of
from sample_data import applications

_ENDINGS = ("md", "csv", "svg", "png")
_HELP = "A preset, a collection, an architecture's or a Keras model's JSON file, or a share link."


@click.command()
@click.argument("before", help=_HELP)
@click.argument("after", help=_HELP)
@output_option(
    "File to write instead of printing Markdown: the table as .md or .csv, both pictures as .svg "
    "or .png."
)
def diff(before: str, after: str, output: Path | None) -> int:
    """Say what differs between two models."""
    ending = file_ending(output, _ENDINGS, "The file of a difference") if output else "md"
    load_keras()
    from components.analysis import difference
    from components.export import difference_report
    from components.render import raster

    one, other = _model(before), _model(after)
    compared = difference.compare(one[0], other[0], one[1], other[1])
    write = {"md": difference_report.markdown, "csv": difference_report.csv}
    text = write.get(ending, difference.both)(compared)
    if output is None:
        click.echo(text, nl=False)
    elif ending == "png":
        write_file(output, raster.png(text))
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
