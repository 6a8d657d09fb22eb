"""The command line: what the pages do, without a browser."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from components.cli.compare import compare
from components.cli.data import data
from components.cli.model import presets, schema, summary
from components.cli.render import render
from components.cli.runs import runs
from components.cli.share import code, link
from components.cli.train import train
from components.core.errors import PlaygroundError

COMMANDS = (presets, summary, render, code, link, schema, train, compare, data, runs)


class _Commands(click.Group):
    """The commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


COMMAND_LINE = _Commands(
    commands={str(command.name): command for command in COMMANDS},
    help=__doc__,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": False},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Bad input ends with code 2 and one line on standard error."""
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        with COMMAND_LINE.make_context("python -m components", words) as context:
            return int(COMMAND_LINE.invoke(context))
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        print(f"error: {_one_line(error)}", file=sys.stderr)
        return 2
    except PlaygroundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort):
        print("stopped", file=sys.stderr)
        return 130


def _one_line(error: click.UsageError) -> str:
    message = " ".join(error.format_message().split()).removesuffix(".")
    command = error.ctx.command_path if error.ctx else "python -m components"
    return f"{message}. See `{command} --help`."


if __name__ == "__main__":
    sys.exit(main())
