"""Design record as a plain value, and the base class of its forms."""

from __future__ import annotations

from dataclasses import dataclass

from components.models.drawing import caption
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import PLAIN, DiagramOptions
from components.models.language.graph import Graph
from components.models.language.registry import Concept
from components.sharing.formats.base import TextTable


@dataclass(frozen=True)
class Paragraph:
    """Text; names in it may stand in backticks."""

    text: str


@dataclass(frozen=True)
class Reasons:
    """Author's text in Markdown, of which only a safe part is formatted."""

    text: str


@dataclass(frozen=True)
class Formula:
    """Formula in LaTeX."""

    latex: str


@dataclass(frozen=True)
class Code:
    """Text to be copied; `language` is that of its syntax."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class ModelPicture:
    """Diagram of a model. Each form chooses its colours."""

    graph: Graph
    options: DiagramOptions = PLAIN

    @property
    def alt(self) -> str:
        """Alternative text."""
        return caption.alt(self._shown)

    @property
    def caption(self) -> str:
        """Description of the model, or the shares of its branches if they are drawn."""
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
    """Sections of a record under its title; `about` has the time and the program."""

    title: str
    about: str
    sections: tuple[Section, ...]


class RecordForm(Concept):
    """Format of design records. Its `kind` is the ending."""

    def write(self, record: Record) -> bytes:
        """Return the file."""
        raise NotImplementedError
