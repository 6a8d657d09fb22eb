"""The command line: the same parts as the pages, without a browser."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from components.core import fields
from components.core.errors import DataError, FileError, LinkError, PlaygroundError
from components.core.keras_import import load_keras
from components.core.text import quoted
from components.export.link import PARAMETER, LinkContent, is_link, parse_link, share
from components.model.spec import Architecture, parse_json
from components.race import options
from components.render.options import PLAIN, DiagramOptions, Direction, Level
from components.render.palette import ThemeName
from components.training.requests import RunRequest, Settings, parse_settings
from sample_data import presets
from sample_data.collections import COLLECTIONS

if TYPE_CHECKING:
    from components.training.events import Event
    from sample_data.sources import Data

MOST_BYTES = 1_000_000
"""The largest architecture file that is read."""
MOST_SCALE = 8
_MADE = "\0"
"""Stands for a caption that is made from the architecture."""
_ARCHITECTURE = "a preset's or a collection's name, a path to a JSON file, or a share link"
_DATA = "a relation, such as xor or additive:noise=0.5, a collection, or a .npz file"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Bad input ends with code 2 and one line on standard error."""
    try:
        given = _parser().parse_args(arguments)
        return int(given.run(given))
    except PlaygroundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """One line for a wrong call, as for all bad input."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"error: {message}. See `{self.prog} --help`.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m components", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "presets", "one name a line", _presets, architecture=False)
    _command(commands, "summary", "Keras's own summary", _summary)
    _of_picture(_command(commands, "render", "the diagram as a file", _render))
    code = _command(commands, "code", "the Keras script, or a notebook", _code)
    code.add_argument("-o", "--output", metavar="FILE", help="ends in `.py` or `.ipynb`")
    _of_run(code)
    link = _command(commands, "link", "a share link that holds the whole architecture", _link)
    link.add_argument("--url", metavar="URL", help="the playground's address, to write it whole")
    _of_run(link)
    _command(commands, "schema", "JSON schema of architectures", _schema, architecture=False)
    train = _command(commands, "train", "train once and say how it went", _train)
    _of_run(train)
    train.add_argument(
        "-o", "--output", metavar="FILE", help="of the trained model, ends in `.keras`"
    )
    train.add_argument("--json", action="store_true", help="end with one line of JSON")
    compare = _command(commands, "compare", "strategies side by side, with statistics", _compare)
    options.add(compare)
    _of_data(compare)
    _of_settings(compare)
    data = _command(commands, "data", "data as a file", _data, architecture=False)
    data.add_argument("data", nargs="?", metavar="DATA", help=_DATA)
    data.add_argument("--list", action="store_true", help="relations and collections, one a line")
    data.add_argument("--arch", metavar="ARCH", help="what the data is for; " + _ARCHITECTURE)
    data.add_argument("-o", "--output", metavar="FILE", help="ends in `.npz`")
    _of_data(data)
    data.add_argument("--seed", type=int, metavar="S", help="of the data")
    data.add_argument("--force", action="store_true", help="overwrite the file")
    return parser


def _command(
    commands: Any,
    name: str,
    help: str,
    run: Callable[[argparse.Namespace], int],
    architecture: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    if architecture:
        parser.add_argument("architecture", metavar="ARCH", help=_ARCHITECTURE)
    parser.set_defaults(run=run)
    return parser


def _of_picture(parser: argparse.ArgumentParser) -> None:
    """An option for each field of the look, with its default."""
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="its ending says the form"
    )
    parser.add_argument("--theme", choices=get_args(ThemeName), default=PLAIN.theme)
    parser.add_argument("--level", choices=get_args(Level), default=PLAIN.level)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--direction", choices=get_args(Direction), default=PLAIN.direction)
    ways.add_argument(
        "--horizontal",
        dest="direction",
        action="store_const",
        const="horizontal",
        default=PLAIN.direction,
        help="from left to right",
    )
    parser.add_argument("--title", default=PLAIN.title, metavar="TEXT", help="above the picture")
    parser.add_argument(
        "--caption",
        nargs="?",
        const=_MADE,
        default=PLAIN.caption,
        metavar="TEXT",
        help="below the picture; without TEXT it is made from the architecture",
    )
    for name, help in (
        ("shapes", "what each layer gives"),
        ("parameters", "how many weights each layer has"),
        ("activations", "activations of layers"),
        ("legend", "what the colours mean"),
        ("transparent", "without a ground"),
    ):
        flag, default = argparse.BooleanOptionalAction, getattr(PLAIN, name)
        parser.add_argument(f"--{name}", action=flag, default=default, help=help)
    parser.add_argument("--scale", type=float, default=2, metavar="S", help="of a PNG: 1, 2 or 4")
    parser.add_argument("--page", choices=("fit", "A4"), default="fit", help="of a PDF")


def _of_run(parser: argparse.ArgumentParser) -> None:
    """What a run is made of beside its architecture. A share link may bring some of it."""
    parser.add_argument("--data", metavar="DATA", help=_DATA)
    _of_data(parser)
    parser.add_argument("--seed", type=int, metavar="S", help="of data and training")
    _of_settings(parser)


def _of_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--samples", type=int, metavar="N", help="of a relation or a collection")
    parser.add_argument(
        "--difficulty", type=float, metavar="D", help="of a relation: 0 is easy to see, 1 hard"
    )


def _of_settings(parser: argparse.ArgumentParser) -> None:
    """An option for each field of the settings; the form on the page has the same."""
    for field in fields.settings(Settings, skip=("seed",)):
        option, help = f"--{field.name.replace('_', '-')}", field.help.replace("%", "%%")
        if field.type == "bool":
            parser.add_argument(option, action="store_const", const=True, help=help)
        elif field.type == "choice":
            parser.add_argument(option, choices=field.options, help=help)
        else:
            kind = int if field.type == "int" else float
            parser.add_argument(option, type=kind, metavar=field.type[0].upper(), help=help)


def architecture(text: str) -> Architecture:
    """The architecture that `ARCH` stands for. Raises as `opened` does."""
    return opened(text).architecture


def opened(text: str) -> LinkContent:
    """What `ARCH` stands for: a preset's or a collection's name, a JSON file, or a share link.

    Raises `SpecError` where it is no preset or not valid, `LinkError` for a link that cannot be
    read, and `FileError` for such a file.
    """
    path = Path(text)
    if is_link(text) and not _exists(path):
        return parse_link(text)
    if not (path.suffix or _exists(path) or os.sep in text):
        found = COLLECTIONS[text]().architecture if text in COLLECTIONS else presets.load(text)
        return LinkContent(found)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileError(
                f"An architecture's file has at most {MOST_BYTES:,} bytes.",
                f"{path} with {path.stat().st_size:,}",
                "Name the file of an architecture.",
            )
        return LinkContent(parse_json(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise FileError(
            "An architecture is a preset's name, a share link, or a file that can be read.",
            f"{text}: {getattr(error, 'strerror', error)}",
            f"Name a file, or one of {quoted(presets.names())}.",
        ) from None


def _exists(path: Path) -> bool:
    """Whether there is such a file; a text that no file can be named is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _presets(_: argparse.Namespace) -> int:
    print("\n".join(presets.names()))
    return 0


def _summary(given: argparse.Namespace) -> int:
    from components.model.builder import build
    from components.render import summary

    load_keras()
    model = build(architecture(given.architecture)).model
    if sys.stdout.isatty():
        model.summary()
    else:
        print(summary.text(model))
    return 0


def _render(given: argparse.Namespace) -> int:
    from components.export import archive
    from components.model import costs
    from components.model.builder import build
    from components.render import caption, pictures

    output = Path(given.output)
    ending = _ending(output, (*pictures.FORMATS, "zip"), "A picture's file")
    if not MOST_SCALE >= given.scale >= 1 / MOST_SCALE:
        raise FileError(
            f"A PNG is scaled by at most {MOST_SCALE}.", f"{given.scale:g}", "Write 1, 2 or 4."
        )
    spec = architecture(given.architecture)
    load_keras()
    graph = build(spec).graph
    named = {
        field.name: getattr(given, field.name, None) for field in dataclasses.fields(DiagramOptions)
    }
    look = DiagramOptions(**{name: value for name, value in named.items() if value is not None})
    if look.caption == _MADE:
        look = dataclasses.replace(look, caption=caption.text(graph))
    if ending == "zip":
        made = archive.model_archive(
            spec, graph, costs.of(graph), look, archive.code_files(spec, graph)
        )
    else:
        made = pictures.render(graph, ending, look, given.scale, given.page)
    _write(output, made)
    return 0


def _code(given: argparse.Namespace) -> int:
    from components.export.notebook import notebook
    from components.export.script import script

    output = Path(given.output) if given.output else None
    ending = _ending(output, ("py", "ipynb"), "Code") if output else "py"
    shared = opened(given.architecture)
    data, settings = _data_of(given, shared), _settings_of(given, shared)
    load_keras()
    if ending == "ipynb":
        made = notebook(shared.architecture, settings, data)
    else:
        made = script(shared.architecture, settings, data).text
    if output is None:
        print(made, end="")
    else:
        _write(output, made.encode())
    return 0


def _ending(path: Path, known: Sequence[str], what: str) -> str:
    ending = path.suffix.lower().removeprefix(".")
    if ending not in known:
        raise FileError(
            f"{what} ends in {quoted([f'.{name}' for name in known])}.",
            path,
            "Change the file's ending.",
        )
    return ending


def _write(output: Path, made: bytes) -> None:
    try:
        output.write_bytes(made)
    except (OSError, ValueError) as error:
        raise FileError(
            "The file must be writable.",
            f"{output}: {getattr(error, 'strerror', error)}",
            "Name another file.",
        ) from None


def _link(given: argparse.Namespace) -> int:
    shared = opened(given.architecture)
    data = _data_of(given, shared)
    if isinstance(data, str):
        raise LinkError(
            "A link holds a relation or a collection: a file stays on its machine.",
            given.data,
            "Leave `--data` out.",
        )
    token = share(shared.architecture, data, _settings_of(given, shared))
    print(f"{given.url.rstrip('/')}/?{PARAMETER}={token}" if given.url else token)
    return 0


def _schema(_: argparse.Namespace) -> int:
    from components.model import schema

    print(schema.text(), end="")
    return 0


def _train(given: argparse.Namespace) -> int:
    from components.training import cli_report
    from components.training.local_runner import train_run
    from components.training.models import SaveOptions
    from sample_data.sources import load

    output = _model_file(given.output)
    request = _request(given)
    if isinstance(request.data, str):
        load(request.architecture, request.data)
    ceilings = cli_report.ceilings_of(request)
    load_keras()
    save = SaveOptions(str(output), sys.maxsize) if output else None
    result = train_run(request, _progress(request.settings.epochs), save=save)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if result.status != "finished":
        print(f"error: {result.message}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(cli_report.json_report(request, result, ceilings)))
    else:
        print(cli_report.text_report(request, result, ceilings))
    return 0


def _compare(given: argparse.Namespace) -> int:
    from components.race import command, plan
    from components.training.local_runner import train_groups
    from components.training.store import Store

    given.seed = None
    options.check(given)
    shared = opened(given.architecture)
    data = _each(given) if given.data else [_data_of(given, shared)]
    settings = _settings_of(given, shared)
    load_keras()
    race = options.race_of(given, shared.architecture, data, settings)
    plan.check(race)
    with closing(Store()) as store:
        ran = command.run(race, store, train_groups, workers=given.workers)
    options.tell(given, ran)
    if ran.stopped:
        print(command.kept(ran), file=sys.stderr)
        return 130
    return 1 if ran.result.failed else 0


def _each(given: argparse.Namespace) -> list[Data | None]:
    """The data that each name of `--data` and the options beside it stand for."""
    names = options.listed(given.data)
    return [_source(argparse.Namespace(**{**vars(given), "data": name})) for name in names]


def _model_file(output: str | None) -> Path | None:
    """Where the trained model goes. Raises `FileError` before a run whose model had no place."""
    if output is None:
        return None
    path = Path(output)
    _ending(path, ("keras",), "A trained model's file")
    if not os.access(path.parent, os.W_OK) or path.is_dir():
        raise FileError("The file must be writable.", output, "Name another file.")
    return path.absolute()


def _request(given: argparse.Namespace) -> RunRequest:
    shared = opened(given.architecture)
    data = _data_of(given, shared)
    if data is None:
        raise DataError("A run has data to train on.", "no DATA", "Add `--data` with its name.")
    settings = _settings_of(given, shared) or Settings()
    return RunRequest(architecture=shared.architecture, data=data, settings=settings)


def _data_of(given: argparse.Namespace, shared: LinkContent) -> Data | None:
    """The data that is asked for, or else what a link brings."""
    if given.data is not None:
        return _source(given)
    for name in ("samples", "difficulty"):
        if getattr(given, name) is not None:
            raise DataError(
                f"`--{name}` is said of data.", "no DATA", "Add `--data` with its name."
            )
    return shared.data


def _settings_of(given: argparse.Namespace, shared: LinkContent) -> Settings | None:
    """What a link brings, changed by the options; nothing where there is neither."""
    named = {name: getattr(given, name) for name in Settings.model_fields}
    options = {name: value for name, value in named.items() if value is not None}
    if not options:
        return shared.settings
    return parse_settings({**(shared.settings or Settings()).model_dump(), **options})


def _source(given: argparse.Namespace) -> Data:
    """The data that `DATA` and the options beside it stand for. Raises `DataError`."""
    from sample_data.sources import parse
    from sample_data.synthetic import DataSpec

    data = parse(given.data, given.samples, given.seed or 0)
    if isinstance(data, str) and given.samples is not None:
        raise DataError(
            "Of a file, all samples are taken.",
            f"--samples {given.samples}",
            "Leave `--samples` out, or save fewer.",
        )
    if given.difficulty is None:
        return data
    if not isinstance(data, DataSpec):
        raise DataError(
            "Only data of a relation is drawn at a difficulty.",
            f"--difficulty {given.difficulty:g}",
            "Leave `--difficulty` out.",
        )
    if not 0 <= given.difficulty <= 1:
        raise DataError(
            "A difficulty goes from 0 to 1.", f"{given.difficulty:g}", "Correct the number."
        )
    return data.model_copy(update={"difficulty": given.difficulty})


def _data(given: argparse.Namespace) -> int:
    if given.list:
        print("\n".join(_known_data()))
        return 0
    if given.data is None or given.output is None:
        raise DataError(
            "Data is taken away by its name, into a file.",
            "no DATA" if given.data is None else "no FILE",
            "Write `data DATA --arch ARCH -o FILE.npz`, or `data --list`.",
        )
    return _save(given, Path(given.output))


def _save(given: argparse.Namespace, output: Path) -> int:
    from components.core.text import byte_size
    from components.training.limits import Limits
    from sample_data.saving import arrays_of, save_npz
    from sample_data.sources import load, nbytes_of

    data, wanted = _source(given), architecture(given.arch or _own(given.data))
    needed, limit = nbytes_of(wanted, data), Limits().memory
    if needed > limit:
        raise DataError(
            f"Data may take {byte_size(limit)} of memory here.", byte_size(needed), "Ask for less."
        )
    _must_be_new(output, given.force)
    dataset = load(wanted, data)
    save_npz(output, arrays_of(dataset, data), given.force)
    print(f"{output}: {dataset.samples:,} samples of {quoted([*dataset.inputs, *dataset.targets])}")
    return 0


def _must_be_new(output: Path, force: bool) -> None:
    if output.exists() and not force:
        raise FileError(
            "A file is not overwritten unasked.", output, "Name another, or add `--force`."
        )


def _own(data: str) -> str:
    """The `ARCH` that comes with the data. Raises `DataError` where none does."""
    if data in COLLECTIONS:
        return data
    raise DataError(
        "Data is made for an architecture.", "no ARCH", "Add `--arch` with a preset or a file."
    )


def _known_data() -> list[str]:
    from sample_data.relations import RELATIONS

    told = {kind: f"{found.title}: {found.teaches}" for kind, found in RELATIONS.items()}
    told |= {kind: f"{found.title}: {found.teaches}" for kind, found in COLLECTIONS.items()}
    width = max(map(len, told)) + 2
    return [f"{kind:<{width}}{text}" for kind, text in told.items()]


def _progress(epochs: int) -> Callable[[Event], None]:
    """A progress bar on standard error; on a pipe, one line an epoch."""
    from components.training.events import Epoch

    def report(event: Event) -> None:
        if not isinstance(event, Epoch):
            return
        told = "  ".join(f"{key} {value:.4f}" for key, value in event.logs.items())
        if sys.stderr.isatty():
            filled = round(30 * event.epoch / epochs)
            bar = "█" * filled + "░" * (30 - filled)
            print(f"\r{bar} {event.epoch}/{epochs}  {told}\x1b[K", end="", file=sys.stderr)
        else:
            print(f"{event.epoch}/{epochs}  {told}", file=sys.stderr)

    return report


if __name__ == "__main__":
    sys.exit(main())
