"""The commands `presets`, `schema`, `summary`, `code` and `link`: models as texts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from components.cli.sources import (
    RunOptions,
    architecture_argument,
    file_ending,
    output_option,
    read_link_content,
    run_options,
)
from components.core.errors import LinkError
from components.core.files import write_file
from components.core.keras_import import load_keras
from components.export.link import PARAMETER, share
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
