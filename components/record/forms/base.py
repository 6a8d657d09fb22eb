"""A design record as a plain value, and the base of the forms that it is written in."""

from __future__ import annotations

from dataclasses import dataclass

from components.core.graph import Graph
from components.core.registry import Concept
from components.export.formats.base import TextTable
from components.render import caption
from components.render.emphasis import emphasised
from components.render.options import PLAIN, DiagramOptions


@dataclass(frozen=True)
class Paragraph:
    """A text; names in it may stand in backticks."""

    text: str


@dataclass(frozen=True)
class Reasons:
    """A text of the author in Markdown; only a safe part of that is shown as such."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A formula in LaTeX."""

    latex: str


@dataclass(frozen=True)
class Code:
    """Text to be copied; `language` is that of its syntax."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class ModelPicture:
    """The diagram of a model. Each form chooses its colours."""

    graph: Graph
    options: DiagramOptions = PLAIN

    @property
    def alt(self) -> str:
        """The alternative text."""
        return caption.alt(self._shown)

    @property
    def caption(self) -> str:
        """The model in sentences, or the shares of its branches if they are drawn."""
        weights = self.options.weights
        return weights.text(self._shown) if weights else caption.text(self._shown)

    @property
    def _shown(self) -> Graph:
        return emphasised(self.graph, self.options)


Block = Paragraph | Reasons | Formula | Code | ModelPicture | TextTable


@dataclass(frozen=True)
class Section:
    """Blocks under a title."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Record:
    """The sections of a record under its title, and when and with what it was written."""

    title: str
    about: str
    sections: tuple[Section, ...]


class RecordForm(Concept):
    """A format that design records are written in. Its `kind` is the ending."""

    def write(self, record: Record) -> bytes:
        """The file."""
        raise NotImplementedError
