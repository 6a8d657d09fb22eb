"""The command line: what the pages do, without a browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from components.app.cli.compare import compare
from components.app.cli.data import data
from components.app.cli.inspect import inspect
from components.app.cli.lesson import lesson
from components.app.cli.model import code, diff, link, presets, schema, summary
from components.app.cli.pays import pays
from components.app.cli.predict import predict
from components.app.cli.record import record
from components.app.cli.render import render
from components.app.cli.runs import runs, status
from components.app.cli.train import train
from components.base.errors import FileError, PlaygroundError, missing_packages
from components.base.paths import COMMAND, version

COMMANDS = (
    presets,
    summary,
    render,
    diff,
    record,
    code,
    link,
    schema,
    train,
    inspect,
    predict,
    compare,
    pays,
    data,
    runs,
    status,
    lesson,
)


class _Commands(click.Group):
    """Command group that lists commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(version())
        context.exit()


COMMAND_LINE = _Commands(
    commands={str(command.name): command for command in COMMANDS},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Print the version, and end.",
        )
    ],
    help=__doc__,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": False},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Bad input ends with 2 and one line on standard error, a closed pipe quietly with 0.
    """
    _open_closed_streams()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _discard_output()
        return 0
    except OSError as error:
        _discard_output()
        _print_error(f"error: {_unusable_file_error(error)}")
        return 2


def _run(words: list[str]) -> int:
    try:
        with COMMAND_LINE.make_context(COMMAND, words) as context:
            return int(COMMAND_LINE.invoke(context))
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        _print_error(f"error: {_one_line(error)}")
        return 2
    except PlaygroundError as error:
        _print_error(f"error: {error}")
        return 2
    except ModuleNotFoundError as error:
        _print_error(f"error: {missing_packages(str(error.name))}")
        return 2
    except (KeyboardInterrupt, click.Abort):
        _print_error("stopped")
        return 130


def _unusable_file_error(error: OSError) -> FileError:
    """Return the error for a file or standard output that can't be used."""
    received = f"{error.filename or 'a file or standard output'}: {error.strerror or error}"
    fix = "Make room on the disk, or send the output elsewhere."
    return FileError("A file or standard output can't be used.", received, fix)


def _one_line(error: click.UsageError) -> str:
    message = " ".join(error.format_message().split()).removesuffix(".")
    command = error.ctx.command_path if error.ctx else COMMAND
    ends = "" if message.endswith(("?", "?)")) else "."
    return f"{message}{ends} See `{command} --help`."


def _open_closed_streams() -> None:
    """Open the standard streams that are closed in this process, in their order.

    Input is empty, and errors are discarded. Output is not writable, so that a command fails if its
    output would be lost.
    """
    for name, mode, flags in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode))


def _print_error(text: str) -> None:
    """Write a line to standard error, if that is possible."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _discard_output() -> None:
    """Discard output that standard output has not accepted, also at the end of the process."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
