"""The commands that the documents name: each command, option, target and file exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from components.__main__ import COMMAND_LINE
from components.core.paths import ROOT

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "sample_data")
PHONY = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
TARGETS = {target for line in PHONY for target in line.split()}


def documents() -> Iterator[Path]:
    for name in DOCUMENTS:
        yield from sorted((ROOT / name).rglob("*.md")) or [ROOT / name]


def commands(text: str) -> Iterator[list[str]]:
    """The words of each line of a block for a shell, and of each command in a sentence."""
    block = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    sentences = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for line in [*block.splitlines(), *re.findall(r"`([^`\n]+)`", sentences)]:
        if re.search(r"(^|/| )(python|make|streamlit|dask) \S", line):
            words = shlex.split(re.sub(r"[\[\]…]", "", line), comments=True)
            yield [word for word in words if not re.match("[A-Z_]+=", word)]


def check(words: list[str]) -> None:
    """Raises `AssertionError` and `click.UsageError`."""
    match words:
        case ["make", *targets]:
            assert set(targets) <= TARGETS
        case ["python", "-m", "components", *rest]:
            parse(rest, COMMAND_LINE)
        case ["python", "-m", "benchmarks", *names]:
            named = [name for name in names if not name.isdigit()]
            assert all((ROOT / f"benchmarks/bench_{name}.py").exists() for name in named)
        case ["python", "-m", module, *_]:
            assert find_spec(module)
        case ["python", file, *_] | [_, "run", file, *_]:
            assert (ROOT / file).exists()


def parse(words: list[str], command: click.Command) -> None:
    """Raises `click.UsageError` and `AssertionError`."""
    context = click.Context(command, help_option_names=["--help"])
    if not isinstance(command, click.Group):
        _, left, _ = command.make_parser(context).parse_args(words)
        assert not left
    elif words not in ([], ["--help"]):
        _, inner, rest = command.resolve_command(context, words)
        assert inner is not None
        parse(rest, inner)


@pytest.mark.parametrize("path", [*documents()], ids=lambda path: path.name)
def test_every_command_of_a_document_can_be_read(path: Path) -> None:
    for words in commands(path.read_text(encoding="utf-8")):
        try:
            check(words)
        except (AssertionError, click.UsageError) as error:
            pytest.fail(f"`{' '.join(words)}`: {error}")


def test_the_documents_have_commands_and_a_wrong_one_is_found() -> None:
    found = [words for path in documents() for words in commands(path.read_text("utf-8"))]
    assert len(found) > 50
    for wrong in ("make nothing", "python -m components train --nothing", "python nothing.py"):
        with pytest.raises((AssertionError, click.UsageError)):
            check(wrong.split())
