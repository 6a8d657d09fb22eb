"""Markdown: the picture as a Mermaid flowchart, which GitHub and many wikis draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from components.base.markup import escape_markdown, message_markdown
from components.sharing.formats.base import TextTable
from components.sharing.formats.markdown import MarkdownTable
from components.sharing.formats.mermaid import flowchart
from components.sharing.record.forms.base import (
    Block,
    Code,
    Formula,
    Paragraph,
    Reasons,
    Record,
    RecordForm,
)

_UNSAFE = re.compile(r"(`[^`\n]+`)|([<>#|~$!=]|(?<=-)-)")
"""Pattern of code, and of characters with a meaning beyond lists, emphasis, code and links."""


class MarkdownRecord(RecordForm):
    """Text file for repositories and wikis."""

    title = "Markdown"
    rank = 2

    kind: Literal["md"] = "md"

    def write(self, record: Record) -> bytes:
        """Return the Markdown text."""
        return ("\n\n".join(_parts(record)) + "\n").encode()


def _parts(record: Record) -> Iterator[str]:
    yield from (f"# {escape_markdown(record.title)}", escape_markdown(record.about))
    for section in record.sections:
        yield f"## {escape_markdown(section.title)}"
        for block in section.blocks:
            yield _text(block)


def _text(block: Block) -> str:
    match block:
        case Paragraph():
            return message_markdown(block.text)
        case Reasons():
            return _UNSAFE.sub(lambda part: part[1] or f"\\{part[2]}", block.text.strip())
        case Formula():
            return f"$$\n{block.latex}\n$$"
        case Code():
            return _fenced(block.text, block.language)
        case TextTable():
            return f"{escape_markdown(block.caption)}\n\n{MarkdownTable().write(block)}".rstrip()
    chart = flowchart(block.graph, replace(block.options, theme="light"))
    return f"{_fenced(chart, 'mermaid')}\n\n{escape_markdown(block.caption)}"


def _fenced(text: str, language: str) -> str:
    """Put code between fences longer than any run of backticks in it."""
    fence = "`" * max(3, *(len(row) + 1 for row in re.findall("`+", text)), 3)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
