"""Base classes of all export formats, and the table that table formats write."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from pydantic import Field

from components.base.errors import FileError
from components.models.drawing import formatting
from components.models.drawing.fonts import FAMILY, missing_letters
from components.models.drawing.options import DiagramOptions
from components.models.language.fields import hints
from components.models.language.graph import Graph
from components.models.language.registry import Concept

TOTAL = "Total"


class FileFormat(Concept):
    """File format. Its `kind` is the file extension; its fields are the user's options."""

    mime: ClassVar[str]
    """Media type."""
    about: ClassVar[str]
    """Short description for the list of files in an archive."""


class PictureFormat(FileFormat):
    """Format of diagrams."""

    clipboard: ClassVar[Literal["text", "picture", "none"]] = "text"
    """Form in which a page copies it to the clipboard."""
    volumes: ClassVar[bool] = True
    """`True` if it can draw tensors as volumes."""
    lacks: ClassVar[tuple[str, ...]] = ()
    """Options of a picture that have no effect in this format, such as `legend`."""
    archived: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({"": {}})
    """Options of each file in an archive, by the suffix of its name."""

    @property
    def paper_width(self) -> float | None:
        """Chosen width on paper in millimetres, if any."""
        return None

    def check(self, graph: Graph, options: DiagramOptions) -> None:
        """Raise `FileError` if the picture can't be written in this format."""
        if options.level == "volumes" and not self.volumes:
            raise FileError(
                f"{self.title} files have boxes of text only: they can't show volumes.",
                "volumes",
                "Choose another level of detail, or another format.",
            )

    @abstractmethod
    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the content of the file. Raises the errors of `check`."""


class TableFormat(FileFormat):
    """Format of tables."""

    @abstractmethod
    def write(self, table: TextTable) -> str:
        """Return the text of the file."""


def width_field(when: str = "") -> Any:
    """Return a field for the width of a picture on paper."""
    return Field(
        None,
        ge=10,
        le=2000,
        description="Width on paper: a column of a journal has about 85 mm. Empty for natural "
        "size.",
        json_schema_extra=hints(step=10, unit="mm", when=when),
    )


@dataclass(frozen=True)
class TextTable:
    """Rows of texts and numbers below their column names; the last row is the total.

    Shares are shares of all parameters, from 0 to 1.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]

    @property
    def numeric(self) -> list[bool]:
        """`True` for each column of numbers."""
        return [not isinstance(cell, str) for cell in self.rows[-1]]


def shown(cell: str | int | float) -> str:
    """Format a cell for people, on one line."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    return formatting.share(cell, 1) if isinstance(cell, float) else f"{cell:,}"


def require_letters(options: DiagramOptions) -> None:
    """Raise `FileError` if the font lacks letters of title, caption, or own names and notes."""
    own = "".join(mark.name + mark.note for mark in options.marks)
    missing = missing_letters(options.title + options.caption + own)
    if missing:
        raise FileError(
            f"PNG and PDF may only use letters of {FAMILY}: Latin, Greek, Cyrillic.",
            missing,
            "Save the picture as SVG, or remove these letters from its title, caption and notes.",
        )
