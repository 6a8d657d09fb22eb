"""The commands `code` and `link`: a model as a script, a notebook or a share link."""

from __future__ import annotations

from pathlib import Path

import click

from components.cli.files import file_ending
from components.cli.sources import RunArguments, run_options
from components.core.errors import LinkError
from components.core.files import write_file
from components.core.keras_import import load_keras
from components.export.link import PARAMETER, share


@click.command()
@run_options
@click.option(
    "-o", "--output", type=Path, metavar="FILE", help="File to write; it ends in .py or .ipynb."
)
def code(run: RunArguments, output: Path | None) -> int:
    """Write the Keras script, or a notebook."""
    from components.export.notebook import notebook
    from components.export.script import script

    ending = file_ending(output, ("py", "ipynb"), "A file of code") if output else "py"
    load_keras()
    if ending == "ipynb":
        text = notebook(run.architecture, run.settings, run.data)
    else:
        text = script(run.architecture, run.settings, run.data).text
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text.encode())
    return 0


@click.command()
@run_options
@click.option("--url", metavar="URL", help="Address of the playground, to print the whole link.")
def link(run: RunArguments, url: str | None) -> int:
    """Print a share link that contains the whole architecture."""
    if isinstance(run.data, str):
        raise LinkError(
            "A link can't contain a file: it may contain a relation or a collection.",
            run.data,
            "Leave `--data` out.",
        )
    token = share(run.architecture, run.data, run.settings)
    click.echo(f"{url.rstrip('/')}/?{PARAMETER}={token}" if url else token)
    return 0
