"""Shared parts of commands: arguments and their readers, output files, and the store."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from components.app.cli import own_table
from components.base.errors import DataError, FileError, ModelFileError, SpecError, StoreError
from components.base.files import exists, read_file, require_writable, write_file, wrong_ending
from components.base.paths import COMMAND
from components.base.text import byte_size
from components.base.workers.keras_import import load_keras
from components.experiments.training.requests import Settings, parse_settings
from components.models import imported
from components.models.architecture.architecture import MOST_BYTES, Architecture, parse_json
from components.models.imported import ImportedModel
from components.models.language import fields
from components.sharing.links.link import LinkContent, is_link, parse_link
from sample_data.collections import COLLECTIONS
from sample_data.content import applications, presets
from sample_data.loading.sources import Data
from sample_data.loading.sources import parse as parse_data
from sample_data.loading.synthetic import DataSpec

if TYPE_CHECKING:
    from components.experiments.queue.store import Store

ARCHITECTURE_HELP = (
    "A preset, a collection, the path of a JSON file, a share link, or - for standard input."
)
MODEL_HELP = f"{ARCHITECTURE_HELP} A file may also hold a Keras model: .json, .keras or .h5."
DATA_HELP = (
    "A relation such as xor or additive:noise=0.5, a collection, an .npz file, or a table (.csv, "
    ".tsv, .xlsx, .parquet, .zip), such as mine.csv:group=patient."
)

Command = Callable[..., int]
STANDARD = "-"
"""The name of standard input and output."""
_RUN_ID = re.compile(r"[0-9a-f]{12}")


class _Utf8Text(click.types.StringParamType):
    """Text that is stored or printed, so it must be valid UTF-8, unlike a path."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(super().convert(value, param, ctx))
        try:
            text.encode()
        except UnicodeEncodeError:
            self.fail(f"{text.encode(errors='replace').decode()} is not text in UTF-8", param, ctx)
        return text


TEXT = _Utf8Text()
json_flag = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


@dataclass(frozen=True)
class Output:
    """A file that a command writes, or standard output, and the format of its content."""

    path: Path | None
    """Path of the file; `None` for standard output."""
    ending: str = ""

    def write(self, content: bytes | str) -> None:
        """Write the content. Raises `FileError` if it can't be written."""
        if self.path is None:
            click.echo(content, nl=False)
        else:
            write_file(self.path, content if isinstance(content, bytes) else content.encode())
            click.echo(f"Wrote {click.format_filename(self.path)}.", err=True)


def output_option(
    help: str, *endings: str, name: str = "output", standard: bool = True, **more: Any
) -> Callable[[Command], Command]:
    """Add the option `-o`, which the command receives as an `Output`, or `None` without it.

    The file's ending sets the format; with several endings, `--format` can set it, too. A wrong
    ending and a file that can't be written are refused before the command starts. Another `name`
    makes it an option of that name, such as `--csv`. Without `standard`, it needs a file.
    """
    words: tuple[str, ...] = ("-o", "--output") if name == "output" else (f"--{name}",)
    help = f"{help} - is standard output." if standard else help

    def extended(command: Command) -> Command:
        @wraps(command)
        def wrapper(**values: Any) -> int:
            ending, text = values.pop("ending", None), values[name]
            values[name] = None if text is None else _output(text, ending, endings, standard)
            return command(**values)

        option = click.option(*words, name, metavar="FILE", help=help, **more)
        if len(endings) < 2:
            return option(wrapper)
        form = click.Choice(endings)
        return option(
            click.option("--format", "ending", type=form, help="Format of FILE.")(wrapper)
        )

    return extended


def _output(text: str, ending: str | None, endings: Sequence[str], standard: bool) -> Output:
    """Return the output that `-o` names. Raises `FileError` for a wrong ending or no access."""
    if standard and text == STANDARD:
        return Output(None, ending or next(iter(endings), ""))
    path = Path(text)
    fitting = [end for end in endings if path.name.lower().endswith(f".{end}")]
    if endings and not (ending or fitting):
        raise wrong_ending(path, endings)
    require_writable(path)
    return Output(path, ending or max(fitting, key=len, default=""))


def read_named(name: str, most: int) -> bytes:
    """Return the content of a file, or of standard input for `-`. Raises `FileError`."""
    if name != STANDARD:
        return read_file(Path(name), most)
    content = sys.stdin.buffer.read(most + 1)
    if not content or len(content) > most:
        raise FileError(
            f"Standard input needs to hold 1 byte to {byte_size(most)}.",
            "nothing" if not content else "more",
            "Send the content of one file to it.",
        )
    return content


def architecture_argument(command: Command) -> Command:
    """Add the argument `ARCH`."""
    return click.argument("architecture", metavar="ARCH", help=ARCHITECTURE_HELP)(command)


def model_argument(name: str = "model", metavar: str = "MODEL") -> Callable[[Command], Command]:
    """Add an argument that `read_model` reads."""
    return click.argument(name, metavar=metavar, help=MODEL_HELP)


@dataclass(frozen=True)
class RunArguments:
    """Parts of a run. A share link may contain all of them; options replace single ones."""

    architecture: Architecture
    data: Data | None
    settings: Settings | None


@dataclass(frozen=True)
class RunOptions:
    """`ARCH` and the options with it, as they were typed."""

    architecture: str
    data: str | None
    samples: int | None
    difficulty: float | None
    seed: int | None
    settings: Mapping[str, Any]

    def read(self) -> RunArguments:
        """Read the arguments. Raises what the `read_` functions raise."""
        content = read_arguments(self.architecture)
        seeded = self.settings if self.seed is None else {**self.settings, "seed": self.seed}
        options = (self.samples, self.difficulty)
        data = read_data_or_default(
            self.data, content.data, *options, self.seed, content.architecture
        )
        return RunArguments(content.architecture, data, read_settings(seeded, content.settings))

    @property
    def used(self) -> list[str]:
        """Names of the options that were typed."""
        parts = {**vars(self), "architecture": None, "settings": None, **self.settings}
        return [name.replace("_", "-") for name, value in parts.items() if value is not None]


def run_options(command: Command) -> Command:
    """Add the options of data and settings; the command, which has `ARCH`, gets `RunOptions`."""

    @settings_options
    @wraps(command)
    def wrapper(**values: Any) -> int:
        names = [field.name for field in dataclass_fields(RunOptions)]
        options = RunOptions(**{name: values.pop(name) for name in names})
        return command(run=options, **values)

    data = click.option("--data", metavar="DATA", help=DATA_HELP)
    seed = click.option("--seed", type=int, help="Random seed of data and training.")
    return data(seed(data_options(wrapper)))


def data_options(command: Command) -> Command:
    """Add the options that change data."""
    samples = click.option(
        "--samples", type=int, metavar="N", help="Number of samples of a relation or collection."
    )
    difficulty = click.option(
        "--difficulty", type=float, metavar="D", help="Of a relation: 0 is easy, 1 is hard."
    )
    return samples(difficulty(command))


def settings_options(command: Command) -> Command:
    """Add an option for each training setting; the command gets those set, as `settings`."""
    options = fields.settings(Settings, skip=("seed",))

    @wraps(command)
    def wrapper(**values: Any) -> int:
        chosen = {field.name: values.pop(field.name) for field in options}
        settings = {name: value for name, value in chosen.items() if value is not None}
        return command(settings=settings, **values)

    extended: Command = wrapper
    for field in reversed(options):
        extended = field_option(field)(extended)
    return extended


def field_option(field: fields.Setting, help_start: str = "") -> Callable[[Command], Command]:
    """Return an option for a field, `None` unless it is typed; `help_start` precedes its help."""
    name = field.name.replace("_", "-")
    help = help_start + field.help
    if field.type == "bool":
        switch = f"--{name}/--no-{name}" if field.default else f"--{name}"
        return click.option(switch, is_flag=True, default=None, help=help)
    kinds = {"choice": click.Choice(field.options), "int": int, "float": float}
    kind, unit = kinds.get(field.type, TEXT), field.unit.upper() or None
    return click.option(f"--{name}", type=kind, metavar=unit, help=help)


def is_run_id(text: str) -> bool:
    """Return `True` if a text has the form of a run's id."""
    return bool(_RUN_ID.fullmatch(text))


def read_link_content(text: str) -> LinkContent:
    """Read a preset, a collection, a JSON file, a share link or standard input, named by `ARCH`.

    A file and standard input may hold JSON or a link. Raises `SpecError` for an unknown preset, a
    Keras model or an architecture that is not valid, `LinkError` for a link and `FileError` for a
    file that can't be read.
    """
    content = _content(text)
    if isinstance(content, LinkContent):
        return content
    raise SpecError(
        "This command needs an architecture of the playground, not a Keras model.",
        text,
        "`render`, `summary`, `record` and `diff` read Keras models; the Build page and `link` "
        "write architectures.",
    )


def read_arguments(text: str) -> RunArguments:
    """Read what `read_link_content` reads, or a table: a proposed model, and the table's rows."""
    if own_table.is_table(text):
        return RunArguments(*own_table.of_table(text), None)
    content = read_link_content(text)
    return RunArguments(content.architecture, content.data, content.settings)


def read_model(text: str) -> LinkContent | ImportedModel:
    """Read what `MODEL` names: all that `ARCH` may name, an example of Keras, or a Keras file.

    Raises what `read_link_content` raises, and imports Keras for a Keras model.
    """
    content = _content(text)
    if isinstance(content, LinkContent):
        return content
    load_keras()
    return imported.read(content, text if text in applications.names() else "")


def _content(text: str) -> LinkContent | bytes | Path:
    """Return the content that a text names; for a Keras model, its file's bytes or path."""
    path = Path(text)
    if text in applications.names():
        return applications.text(text).encode()
    if is_link(text) and not exists(path):
        return parse_link(text)
    if text != STANDARD and not (path.suffix or exists(path) or os.sep in text):
        return LinkContent(
            COLLECTIONS[text]().architecture if text in COLLECTIONS else presets.load(text)
        )
    try:
        if text != STANDARD and imported.is_keras_file(path):
            return path
        content = read_named(text, imported.MOST_BYTES)
        return content if imported.is_keras_model(content) else read_content(content)
    except ModelFileError:
        raise
    except FileError as error:
        raise FileError(
            f"This is neither a preset, a share link nor a readable file. {error.rule}",
            error.received,
            f"Name a file, or a preset: `{COMMAND} presets` lists them.",
        ) from None


def read_content(content: bytes) -> LinkContent:
    """Read the text of a file: a model's JSON, or a share link.

    Raises `SpecError` for other text and a model that is not valid, and `LinkError`.
    """
    text = content.decode("utf-8-sig", "replace").strip()
    large = len(content) > MOST_BYTES
    if large or text.startswith(("{", "[")) or b"\0" in content:  # UTF-16 has zeros.
        return LinkContent(parse_json(content))
    if is_link(text):
        return parse_link(text)
    raise SpecError(
        "This text is neither a model's JSON nor a share link.",
        f"it begins with {text[:20]}",
        f"Name a file or a preset: `{COMMAND} presets` lists the presets.",
    )


def read_data_or_default(
    text: str | None,
    default: Data | None,
    samples: int | None,
    difficulty: float | None,
    seed: int | None,
    architecture: Architecture | None = None,
) -> Data | None:
    """Return the data that `DATA` names, else `default`. Raises `DataError`."""
    if text is not None:
        return read_data(text, samples, difficulty, seed, architecture)
    for name, value in (("samples", samples), ("difficulty", difficulty)):
        if value is not None:
            raise DataError(
                f"`--{name}` needs `--data`.", "no DATA", "Add `--data` with the name of a dataset."
            )
    return default


def read_data(
    text: str,
    samples: int | None = None,
    difficulty: float | None = None,
    seed: int | None = None,
    architecture: Architecture | None = None,
) -> Data:
    """Return the data that `DATA` names, with the other options. Raises `DataError`.

    A table is prepared for the architecture, or for the one that is proposed for it.
    """
    if own_table.is_table(text):
        data: Data = own_table.of_table(text, architecture)[1]
    else:
        data = parse_data(text, samples, seed or 0)
    if isinstance(data, str) and samples is not None:
        raise DataError(
            "A file is always used with all its samples.",
            f"--samples {samples}",
            "Leave `--samples` out, or save fewer samples.",
        )
    if difficulty is None:
        return data
    if not isinstance(data, DataSpec):
        raise DataError(
            "Only a relation's data may have a difficulty.",
            f"--difficulty {difficulty:g}",
            "Leave `--difficulty` out.",
        )
    if not 0 <= difficulty <= 1:
        raise DataError(
            "The difficulty can only be from 0 to 1.", f"{difficulty:g}", "Correct the number."
        )
    return data.model_copy(update={"difficulty": difficulty})


def read_settings(options: Mapping[str, Any], default: Settings | None) -> Settings | None:
    """Apply the options to `default`; return `None` without either. Raises `RunError`."""
    if not options:
        return default
    return parse_settings({**(default or Settings()).model_dump(), **options})


@contextmanager
def opened_store() -> Iterator[Store]:
    """Open the store with everybody's runs, in the database of FUSION_DATABASE_URL.

    Raises `StoreError` if it can't be used, or was damaged and set aside: a server continues with a
    new file, but a command was meant for the old one.
    """
    from components.base.database import database
    from components.experiments.queue.store import Store

    logging.getLogger(database.__name__).addHandler(logging.NullHandler())
    with closing(Store()) as store:
        if store.notice:
            raise StoreError(
                f"The command can't go on. {store.notice}",
                "a damaged file",
                "Start the command again to work on the new file.",
            )
        yield store
