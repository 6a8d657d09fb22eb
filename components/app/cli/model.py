"""The commands `presets`, `schema`, `summary`, `code`, `link` and `diff`: models as text."""

from __future__ import annotations

import sys

import click

from components.app.cli.sources import (
    STANDARD,
    TEXT,
    Output,
    RunOptions,
    architecture_argument,
    model_argument,
    output_option,
    read_model,
    run_options,
)
from components.base.errors import LinkError
from components.base.workers.keras_import import load_keras
from components.models.architecture.costs import Costs, costs_of
from components.models.imported import ImportedModel
from components.models.language.graph import Graph
from components.sharing.code import parameters
from components.sharing.formats import TABLES
from components.sharing.links.link import PARAMETER, share
from sample_data.content import presets as known_presets


@click.command()
def presets() -> int:
    """List the presets, one a line."""
    click.echo("\n".join(known_presets.names()))
    return 0


@click.command()
@click.argument(
    "form",
    metavar="FORMAT",
    type=click.Choice(["model", "lesson", "plan"]),
    default="model",
    help="Whose files: model (an architecture, the default), lesson or plan.",
)
@output_option("File to write.", default=STANDARD)
def schema(form: str, output: Output) -> int:
    """Print the JSON schema of architectures, lessons or plans, for an editor."""
    from components.models.architecture import schema
    from components.teaching.lessons.lesson import lesson_schema
    from components.teaching.rooms.plan import plan_schema

    document = {"model": schema.schema, "lesson": lesson_schema, "plan": plan_schema}[form]()
    output.write(schema.text_of(document))
    return 0


@click.command()
@model_argument()
def summary(model: str) -> int:
    """Print the summary of Keras; of a Keras model's file, a table of its layers."""
    read = read_model(model)
    if isinstance(read, ImportedModel):
        table = parameters.by_layer(read.graph, read.costs, "Block")
        click.echo(TABLES["md"]().write(table), nl=False)
        return 0
    load_keras()
    from components.models.architecture.builder import build
    from components.models.drawing import summary

    built = build(read.architecture).model
    if sys.stdout.isatty():
        built.summary()
    else:
        click.echo(summary.text(built))
    return 0


@click.command()
@architecture_argument
@run_options
@output_option("File to write: a script or a notebook.", "py", "ipynb", default=STANDARD)
def code(run: RunOptions, output: Output) -> int:
    """Write the Keras script, or a notebook."""
    from components.sharing.code.notebook import notebook
    from components.sharing.code.script import script

    model = run.read()
    parts = (model.architecture, model.settings, model.data)
    load_keras()
    output.write(notebook(*parts) if output.ending == "ipynb" else script(*parts).text)
    return 0


@click.command()
@architecture_argument
@run_options
@click.option(
    "--url", type=TEXT, metavar="URL", help="Address of the playground, to print the whole link."
)
def link(run: RunOptions, url: str | None) -> int:
    """Print a share link that contains the whole architecture."""
    model = run.read()
    if isinstance(model.data, str):
        raise LinkError(
            "A link can't contain your own file.",
            model.data,
            "Leave your own file out.",
        )
    token = share(model.architecture, model.data, model.settings)
    click.echo(f"{url.rstrip('/')}/?{PARAMETER}={token}" if url else token)
    return 0


@click.command()
@model_argument("before", "BEFORE")
@model_argument("after", "AFTER")
@output_option(
    "File to write: the table as .md or .csv, both pictures as .svg or .png.",
    *("md", "csv", "svg", "png"),
    default=STANDARD,
)
@click.option(
    "--natural-size",
    is_flag=True,
    help="A .png in its natural size; else it is as wide as a slide at most, 2560 pixels.",
)
def diff(before: str, after: str, output: Output, natural_size: bool) -> int:
    """Say what differs between two models."""
    load_keras()
    from components.models.analysis import difference
    from components.sharing.record import difference_report

    one, other = _model(before), _model(after)
    compared = difference.compare(one[0], other[0], one[1], other[1])
    if output.ending == "png":
        output.write(difference.both_png(compared, natural_size))
        return 0
    write = {"md": difference_report.markdown, "csv": difference_report.csv}
    output.write(write.get(output.ending, difference.both)(compared))
    return 0


def _model(text: str) -> tuple[Graph, Costs]:
    """Return the graph and the costs of an architecture or of a Keras model."""
    from components.models.architecture.builder import build

    read = read_model(text)
    if isinstance(read, ImportedModel):
        return read.graph, read.costs
    graph = build(read.architecture).graph
    return graph, costs_of(graph)
