"""Keras in the web process: imported in the background, used for weightless builds only."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from components.analysis import advice
from components.analysis.advice import Advice
from components.core.errors import ShapeError
from components.model import costs
from components.model.builder import Blueprint, Sketch, build, sketch
from components.model.costs import Costs
from components.model.spec import Architecture
from components.render import diagram, summary
from components.render.options import DiagramOptions

KEPT = 256
"""Architectures whose blueprints and pictures are cached, for all sessions."""

log = logging.getLogger(__name__)


class Engine:
    """Imports TensorFlow and Keras once, in a thread, while pages are already shown."""

    def __init__(self) -> None:
        self.failure: str | None = None
        self.seconds: float | None = None
        self._done = threading.Event()
        self._started = threading.Event()

    def start(self) -> None:
        """Start the import, at the end of the first page's first run: both would slow each other.

        A later call does nothing.
        """
        if not self._started.is_set():
            self._started.set()
            threading.Thread(target=self._load, name="import-keras", daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether models can be built now."""
        return self._done.is_set() and self.failure is None

    def wait(self, seconds: float) -> bool:
        """Wait for the import, at most `seconds`. Returns whether it is done."""
        return self._done.wait(seconds)

    def _load(self) -> None:
        start = time.perf_counter()
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        try:
            import keras

            with keras.StatelessScope(initialize_variables=False):
                keras.layers.Dense(1)(keras.Input((1,)))
            gc.collect()
            gc.freeze()
        except Exception as error:
            log.exception("Keras could not be imported")
            self.failure = f"{type(error).__name__}: {error}"
        self.seconds = time.perf_counter() - start
        self._done.set()


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The one engine of this server."""
    return Engine()


@lru_cache(maxsize=KEPT)
def blueprint(architecture: Architecture) -> Blueprint:
    """The weightless blueprint of an architecture. Raises what `build` raises."""
    return build(architecture)


def builder() -> Callable[[Architecture], Blueprint] | None:
    """`blueprint`, as soon as Keras is imported."""
    return blueprint if engine().ready else None


@lru_cache(maxsize=KEPT)
def model_of(architecture: Architecture) -> Blueprint | Sketch:
    """The blueprint, or a sketch of the valid parts if shapes do not fit."""
    try:
        return blueprint(architecture)
    except ShapeError:
        return sketch(architecture)


@lru_cache(maxsize=KEPT)
def costs_of(architecture: Architecture) -> Costs:
    """The costs of the parts that could be built."""
    return costs.of(model_of(architecture).graph)


@lru_cache(maxsize=KEPT)
def svg_of(architecture: Architecture, options: DiagramOptions) -> str:
    """The diagram as SVG text."""
    return diagram.svg(model_of(architecture).graph, options)


@lru_cache(maxsize=KEPT)
def advice_on(architecture: Architecture) -> tuple[Advice, ...]:
    """Hints on an architecture that can be built but is likely to train badly."""
    return advice.review(architecture, blueprint(architecture).graph, costs_of(architecture))


@lru_cache(maxsize=KEPT)
def summary_of(architecture: Architecture) -> str:
    """Keras's own summary."""
    return summary.text(blueprint(architecture).model)
