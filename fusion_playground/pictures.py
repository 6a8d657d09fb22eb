"""Pictures of Keras models: the function `draw` and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationError

from components.base.errors import SpecError, suggest
from components.base.files import write_file, wrong_ending
from components.base.refusals import refusal
from components.models.architecture.marks import Mark
from components.models.drawing import caption as captions
from components.models.drawing import diagram
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import DiagramOptions, Direction, Level, require_repeats
from components.models.drawing.palette import ThemeName
from components.models.drawing.paper import Fit, fitted_to_page
from components.models.drawing.svg_parts import svg_address
from components.models.imported.live import read_live
from components.models.language.graph import Graph
from components.sharing.formats import PICTURES, picture_format
from fusion_playground import building

Emphasis = Mapping[str, Mapping[str, Any]]
"""Name, note, colour or `hidden` of layers and parts, by their names in the model."""
Writers = Mapping[str, Callable[[], str | bytes]]
"""Functions that return the content of a file, by its extension."""


@dataclass(frozen=True)
class ModelDrawing:
    """A picture of a model. A notebook shows it; `save` writes it as a file.

    >>> drawing = fp.draw(model)
    >>> drawing.save("model.pdf")
    """

    graph: Graph
    options: DiagramOptions
    notes: tuple[str, ...] = ()
    """Reason why it is drawn only as a list of layers, and the number of weights outside layers."""
    fit: Fit | None = None
    """Page that it is fitted to."""

    @cached_property
    def svg(self) -> str:
        """Picture as SVG text, with its font, a title and a description.

        >>> fp.draw(model).svg[:4]
        '<svg'
        """
        return diagram.file_svg(self.graph, self.options)

    @cached_property
    def text(self) -> str:
        """Description of the model in sentences, for people who can't see the picture.

        >>> print(fp.draw(model).text)
        """
        return " ".join((captions.description(self.graph, self.options), *self.notes))

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the picture to a file in the format of its extension. Return its path.

        `.md` has the Mermaid text in a block, as GitHub shows it.

        >>> fp.draw(model).save("model.png")
        """
        mermaid = partial(self._content, "mmd")
        writers: Writers = {
            **{ending: partial(self._content, ending) for ending in PICTURES},
            "mermaid": mermaid,
            "md": lambda: f"```mermaid\n{mermaid().decode()}```\n",
        }
        return saved(path, writers)

    def _content(self, ending: str) -> bytes:
        return picture_format(ending, {}, {"fit": self.fit}).write(self.graph, self.options)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return shown(self.svg, self.text)


def shown(svg: str, text: str) -> dict[str, str]:
    """Return a picture in the form that notebooks show: an image with text for screen readers."""
    return {"text/html": image(svg, text), "image/svg+xml": svg, "text/plain": text}


def saved(path: str | PathLike[str], writers: Writers) -> Path:
    """Write a file in the format of its extension. Return its path. Raises `FileError`."""
    target = Path(path)
    write = writers.get(target.suffix.lower().removeprefix("."))
    if write is None:
        raise wrong_ending(target, writers)
    content = write()
    write_file(target, content if isinstance(content, bytes) else content.encode())
    return target


def image(svg: str, text: str) -> str:
    """Return a picture as HTML, no wider than the page, with text for screen readers."""
    style = "max-width: 100%; height: auto"
    return f'<img src="{svg_address(svg)}" alt="{escape(text)}" style="{style}">'


def draw(
    model: Any,
    level: Level = "layers",
    *,
    theme: ThemeName = "light",
    direction: Direction | None = None,
    title: str = "",
    caption: str | Literal[True] = "",
    emphasis: Emphasis | None = None,
    repeats: bool = True,
    fit: Fit | None = None,
    inputs: Any = None,
) -> ModelDrawing:
    """Draw a Keras 3 model of this process: functional, sequential, nested or subclassed.

    Drawing neither runs nor changes the model. In place of a model, give the path of a Keras file
    (no code in it is run), or whatever `build` takes: a preset, a share link, an architecture.

    - `level`: how much is shown. `blocks` has one box for each branch, merge and head, `volumes`
      draws tensors on a log scale, and `everything` adds all settings to `layers`.
    - `theme`: the colours. `print` has greys.
    - `direction`: from top to bottom by default, or from left to right.
    - `title`: a line above the picture.
    - `caption`: a text below it. `True` describes the model in sentences.
    - `emphasis`: a `name`, a `note` or a `color` for layers and parts, by their names in the model.
      `hidden` leaves one out.
    - `repeats`: `False` draws equal blocks in a row once, at the levels `layers` and `everything`.
    - `fit`: `page` folds a tall picture into columns that are readable on one page of A4. A layer
      that keeps the shape may then be drawn on the card before it. Raises `FileError` if the
      picture can't be made to fit.
    - `inputs`: arrays, tensors or shapes to trace a subclassed model with, if not those that it was
      built for. Shapes have the batch as first axis, such as `(None, 8)`. Several are nested as in
      the model's call, or given by the names of its arguments.

    >>> import fusion_playground as fp
    >>> fp.draw(model, theme="print", emphasis={"encoder": {"note": "pretrained"}})
    """
    choice("level", level, Level)
    choice("theme", theme, ThemeName)
    choice("direction", direction or "vertical", Direction)
    choice("fit", fit or "page", Fit)
    notes, marks, connected = tuple[str, ...](), tuple[Mark, ...](), True
    if isinstance(model, str | PathLike | Mapping):
        if inputs is not None:
            rule = "Only a subclassed Keras model of this process is traced with `inputs`."
            raise SpecError(rule, type(inputs).__name__, "Leave them out.")
        graph, marks = building.graph_of(model)
    else:
        live = read_live(model, inputs)
        graph, notes, connected = live.model.graph, live.model.notes, live.connected
    options = DiagramOptions(
        level=level,
        theme=theme,
        direction=direction or ("vertical" if connected else "horizontal"),
        title=title,
        transparent=False,
        repeats=repeats,
        marks=(
            *marks,
            *(_mark(graph, name, words, level) for name, words in (emphasis or {}).items()),
        ),
    )
    require_repeats(options)
    if caption is True:
        caption = captions.text(emphasised(graph, options))
    options = replace(options, caption=" ".join(filter(None, (caption, *notes))))
    options = fitted_to_page(graph, options) if fit else options
    return ModelDrawing(graph, options, notes, fit)


def choice(name: str, value: object, values: Any) -> None:
    """Raise `SpecError` if a value is not one of a literal type's values."""
    if not (isinstance(value, str) and value in get_args(values)):
        received = value if isinstance(value, str) else type(value).__name__
        raise SpecError(
            f"There is no {name} of that name.", received, suggest(str(value), get_args(values))
        )


def _mark(graph: Graph, name: str, words: Mapping[str, Any], level: Level) -> Mark:
    """Return the emphasis of a layer or part, found by name. Raises `SpecError`."""
    layers = {word: node for node in graph.nodes for word in (node.id, node.keras_name)}
    parts = {word: group for group in graph.groups for word in (group.id, group.title)}
    if name in parts:
        marked = {"part": parts[name].id}
    elif name in layers:
        marked = {"part": layers[name].group, "layer": layers[name].id}
        if level == "blocks" and set(words) != {"hidden"}:
            rule = "At the level blocks, a layer has no card for a name, a note or a colour."
            raise SpecError(rule, name, "Emphasise its part, or choose another level.")
    else:
        rule = "Emphasis can only be given to a layer or part of the picture."
        raise SpecError(rule, name, suggest(name, [*parts, *layers]))
    fields = {**words, **marked}
    try:
        return Mark(**fields)
    except ValidationError as error:
        raise refusal(error, SpecError, Mark, fields, "the emphasis") from None
