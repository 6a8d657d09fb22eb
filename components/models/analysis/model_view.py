"""Views of an architecture as plain values, which build workers make with Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from components.base.errors import ShapeError, SpecError
from components.base.workers.needs_keras import needs_keras
from components.models.analysis import advice
from components.models.analysis.advice import Advice
from components.models.architecture.architecture import Architecture
from components.models.architecture.builder import Blueprint, build, sketch
from components.models.architecture.costs import Costs, costs_of
from components.models.drawing import diagram, summary
from components.models.drawing.options import DiagramOptions, Level, automatic_level
from components.models.language.graph import Graph

KEPT = 128
"""Number of architectures whose views and pictures are cached, for all sessions."""
PICTURES = 40
"""Number of cached pictures of an architecture: a projector tries nearly as many."""
Wanted = Mapping[Level, DiagramOptions]
"""Picture that is requested with a view, by the level of detail that suits the model."""


@dataclass(frozen=True)
class ModelView:
    """Layers of an architecture, their costs, and advice.

    If shapes don't fit, `graph` has the parts that could be built, `errors` has the reasons, and
    `seconds` is 0. Otherwise `seconds` is the time of the build.
    """

    graph: Graph
    costs: Costs
    seconds: float = 0.0
    errors: tuple[SpecError, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def built(self) -> bool:
        """`True` if the whole model could be built."""
        return not self.errors


@dataclass
class _Known:
    """View and pictures of an architecture, as far as they have been made."""

    view: ModelView | None = None
    pictures: dict[DiagramOptions, str] = field(default_factory=dict)

    def keep(self, options: DiagramOptions, picture: str) -> None:
        if len(self.pictures) >= PICTURES:
            self.pictures.clear()
        self.pictures[options] = picture


@lru_cache(maxsize=KEPT)
def _known(architecture: Architecture) -> _Known:
    return _Known()


def model_view(architecture: Architecture, wanted: Wanted | None = None) -> ModelView:
    """Return the view of an architecture whose shapes may or may not fit.

    A build worker that makes it draws the `wanted` picture at once, for `svg` to return.
    """
    known = _known(architecture.unmarked)
    if known.view is None:
        known.view, pictures = _viewed(architecture.unmarked, dict(wanted or {}))
        for options, picture in pictures.items():
            known.keep(options, picture)
    return known.view


@needs_keras
def _viewed(
    architecture: Architecture, wanted: dict[Level, DiagramOptions]
) -> tuple[ModelView, dict[DiagramOptions, str]]:
    known = _known(architecture)
    view = known.view = known.view or _view(architecture)
    options = wanted.get(automatic_level(view.graph))
    return view, {options: diagram.svg(view.graph, options)} if options else {}


def _view(architecture: Architecture) -> ModelView:
    try:
        blueprint = _blueprint(architecture)
    except ShapeError as error:
        drawn = sketch(architecture)
        errors = tuple(kept.at() for kept in drawn.errors or (error,))
        return ModelView(drawn.graph, costs_of(drawn.graph), errors=errors)
    graph = blueprint.graph
    spent = costs_of(graph)
    hints = advice.review(architecture, graph, spent)
    return ModelView(graph, spent, blueprint.seconds, advice=hints)


def built_view(architecture: Architecture, wanted: Wanted | None = None) -> ModelView:
    """Return the view of an architecture. Raises `ShapeError` if shapes don't fit."""
    view = model_view(architecture, wanted)
    if view.errors:
        raise view.errors[0].at()  # Raising the cached error itself would keep its frames.
    return view


def svg(architecture: Architecture, options: DiagramOptions) -> str:
    """Return the diagram as SVG text."""
    known = _known(architecture.unmarked)
    if (picture := known.pictures.get(options)) is None:
        picture = _picture(architecture.unmarked, options)
        known.keep(options, picture)
    return picture


@needs_keras
def _picture(architecture: Architecture, options: DiagramOptions) -> str:
    return diagram.svg(model_view(architecture).graph, options)


@lru_cache(maxsize=KEPT)
@needs_keras
def summary_text(architecture: Architecture) -> str:
    """Return the summary that Keras prints."""
    return summary.text(_blueprint(architecture).model)


@lru_cache(maxsize=KEPT)
@needs_keras
def layer_purpose(layer: str) -> str:
    """Return the first paragraph of the documentation of a layer or operation in Keras."""
    import keras

    documented = getattr(keras.layers, layer, None) or getattr(keras.ops, layer.lower(), None)
    text = (documented.__doc__ or "").strip().split("\n\n")[0] if documented else ""
    return " ".join(text.split()).replace("`", "")


@lru_cache(maxsize=KEPT)
def _blueprint(architecture: Architecture) -> Blueprint:
    return build(architecture)
