"""The command line: the same parts as the pages, without a browser."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.errors import FileError, PlaygroundError, listing
from components.loading import load_keras
from components.spec import Architecture, parse_json
from sample_data import presets

if TYPE_CHECKING:
    from components.training.config import RunRequest
    from components.training.events import Event, Result

MOST_BYTES = 1_000_000
"""The largest architecture file that is read."""


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
    render = _command(commands, "render", "the diagram as a file", _render)
    render.add_argument(
        "-o", "--output", required=True, metavar="FILE", help=f"ends in {_endings()}"
    )
    render.add_argument("--horizontal", action="store_true", help="from left to right")
    render.add_argument("--theme", choices=("light", "dark"), default="light")
    train = _command(commands, "train", "train once and say how it went", _train)
    train.add_argument(
        "--data",
        required=True,
        metavar="DATA",
        help="a relation, such as xor or additive:noise=0.5, or a .npz file",
    )
    train.add_argument("--epochs", type=int, metavar="N")
    train.add_argument("--samples", type=int, metavar="N", help="of a relation; 2000 by default")
    train.add_argument("--seed", type=int, default=0, metavar="S", help="of data and training")
    train.add_argument("--json", action="store_true", help="end with one line of JSON")
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
        parser.add_argument(
            "architecture", metavar="ARCH", help="a preset's name, or a path to a JSON file"
        )
    parser.set_defaults(run=run)
    return parser


def architecture(text: str) -> Architecture:
    """The architecture that `ARCH` stands for: a preset's name, or a path to a JSON file.

    Raises `SpecError` where it is no preset or not valid, `FileError` where it cannot be read.
    """
    path = Path(text)
    if not (path.suffix or path.exists() or os.sep in text):
        return presets.load(text)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileError(
                f"An architecture's file has at most {MOST_BYTES:,} bytes.",
                f"{path} with {path.stat().st_size:,}",
                "Name the file of an architecture.",
            )
        return parse_json(path.read_bytes())
    except OSError as error:
        raise FileError(
            "An architecture is a preset's name or a file that can be read.",
            f"{text}: {error.strerror}",
            f"Name a file, or one of {listing(presets.names())}.",
        ) from None


def _presets(_: argparse.Namespace) -> int:
    print("\n".join(presets.names()))
    return 0


def _summary(given: argparse.Namespace) -> int:
    from components.builder import build
    from components.render import summary

    load_keras()
    model = build(architecture(given.architecture)).model
    if sys.stdout.isatty():
        model.summary()
    else:
        print(summary.text(model))
    return 0


def _endings() -> str:
    return listing(list(_writers()))


def _writers() -> dict[str, Callable[[Any, Any], bytes]]:
    from components.render import diagram

    return {
        ".svg": lambda graph, look: diagram.svg(graph, look).encode(),
        ".png": lambda graph, look: diagram.png(graph, look),
        ".dot": lambda graph, look: diagram.dot(graph, look).encode(),
    }


def _render(given: argparse.Namespace) -> int:
    from components.builder import build
    from components.render.diagram import Look

    output = Path(given.output)
    writer = _writers().get(output.suffix.lower())
    if writer is None:
        raise FileError(
            f"A picture's file ends in {_endings()}.", given.output, "Change the file's ending."
        )
    load_keras()
    look = Look("horizontal" if given.horizontal else "vertical", theme=given.theme)
    picture = writer(build(architecture(given.architecture)).graph, look)
    try:
        output.write_bytes(picture)
    except OSError as error:
        raise FileError(
            "The file must be writable.", f"{output}: {error.strerror}", "Name another file."
        ) from None
    return 0


def _train(given: argparse.Namespace) -> int:
    from components.training.isolation import run_here

    request = _request(given)
    load_keras()
    result = run_here(request, _progress(request.settings.epochs))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if result.status != "finished":
        print(f"error: {result.message}", file=sys.stderr)
        return 1
    _tell(request, result, as_json=given.json)
    return 0


def _request(given: argparse.Namespace) -> RunRequest:
    from components.training.config import parse_request
    from sample_data.dataset import parse_data

    settings: dict[str, Any] = {"seed": given.seed}
    if given.epochs is not None:
        settings["epochs"] = given.epochs
    wanted: dict[str, Any] = {
        "architecture": architecture(given.architecture).data(),
        "settings": settings,
    }
    if given.data.endswith(".npz"):
        wanted["data"] = str(Path(given.data).absolute())
    else:
        relation = parse_data(given.data).model_dump(mode="json")
        wanted["data"] = {"relation": relation, "seed": given.seed}
        if given.samples is not None:
            wanted["data"]["samples"] = given.samples
    request: RunRequest = parse_request(json.dumps(wanted))
    return request


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


def _tell(request: RunRequest, result: Result, *, as_json: bool) -> None:
    if as_json:
        told = {
            "architecture": request.architecture.name,
            "status": result.status,
            "epochs": len(result.history),
            "seconds": round(result.seconds, 3),
            "parameters": result.parameters,
            "seed": request.settings.seed,
            "metrics": result.final,
        }
        print(json.dumps(told))
        return
    for key, value in result.final.items():
        print(f"{key:<40} {value:.4f}")


if __name__ == "__main__":
    sys.exit(main())
