"""The commands `presets`, `schema` and `summary`."""

from __future__ import annotations

import sys

import click

from components.cli.sources import architecture_argument, read_architecture
from components.core.keras_import import load_keras
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
    wanted = read_architecture(architecture)
    load_keras()
    from components.model.builder import build
    from components.render import summary

    model = build(wanted).model
    if sys.stdout.isatty():
        model.summary()
    else:
        click.echo(summary.text(model))
    return 0
