"""The command `data`: write data to a file."""

from __future__ import annotations

import click

from components.app.cli.sources import (
    ARCHITECTURE_HELP,
    DATA_HELP,
    Output,
    data_options,
    output_option,
    read_data,
    read_link_content,
)
from components.base.errors import DataError, FileError
from components.base.files import exists
from components.base.text import byte_size, quoted
from sample_data.collections import COLLECTIONS


@click.command()
@click.argument("name", metavar="DATA", required=False, help=DATA_HELP)
@click.option("--list", "as_list", is_flag=True, help="List relations and collections.")
@click.option(
    "--arch", metavar="ARCH", help=f"Architecture that the data is for. {ARCHITECTURE_HELP}"
)
@output_option("File to write; it ends in .npz.", "npz", standard=False)
@data_options
@click.option("--seed", type=int, help="Random seed of the data.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def data(
    name: str | None,
    as_list: bool,
    arch: str | None,
    output: Output | None,
    samples: int | None,
    difficulty: float | None,
    seed: int | None,
    force: bool,
) -> int:
    """Write data to a file."""
    if as_list:
        click.echo("\n".join(_known_data()))
        return 0
    if name is None or output is None:
        raise DataError(
            "The command needs the name of a dataset and a file.",
            "no DATA" if name is None else "no FILE",
            "Write `data DATA --arch ARCH -o FILE.npz`, or `data --list`.",
        )
    from components.experiments.training.limits import Limits
    from sample_data.loading.sources import about, load, nbytes_of
    from sample_data.own.saving import arrays_of, save_npz

    architecture = read_link_content(arch or _own_architecture(name)).architecture
    source = read_data(name, samples, difficulty, seed, architecture)
    needed, limit = nbytes_of(architecture, source), Limits().memory
    if needed > limit:
        raise DataError(
            f"Data may use at most {byte_size(limit)} of memory here.",
            byte_size(needed),
            "Ask for less.",
        )
    file = output.path
    assert file is not None
    if exists(file) and not force:
        raise FileError(
            "A file can't be overwritten without `--force`.",
            file,
            "Name another file, or add `--force`.",
        )
    dataset = load(architecture, source)
    save_npz(file, arrays_of(dataset, source), about(source))
    names = quoted([*dataset.inputs, *dataset.targets])
    click.echo(f"{click.format_filename(file)}: {dataset.samples:,} samples of {names}")
    return 0


def _own_architecture(name: str) -> str:
    """Return the `ARCH` that comes with the data. Raises `DataError` if there is none."""
    if name in COLLECTIONS:
        return name
    raise DataError(
        "This data needs an architecture.",
        "no ARCH",
        "Add `--arch` with a preset or a file.",
    )


def _known_data() -> list[str]:
    from sample_data.relations import RELATIONS

    about = {kind: f"{cls.title}: {cls.teaches}" for kind, cls in RELATIONS.items()}
    about |= {kind: f"{cls.title}: {cls.teaches}" for kind, cls in COLLECTIONS.items()}
    width = max(map(len, about)) + 2
    return [f"{kind:<{width}}{text}" for kind, text in about.items()]
