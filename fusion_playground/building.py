"""Keras models from presets, links, files and training: the functions `build` and `load`."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.base.errors import SpecError
from components.base.files import read_file
from components.base.versions import TRAINED
from components.models.architecture.architecture import MOST_BYTES, Architecture, parse, parse_json
from components.models.architecture.builder import build as build_graph
from components.models.architecture.builder import build_with_weights
from components.models.architecture.marks import Mark
from components.models.imported import MOST_BYTES as MOST_MODEL_BYTES
from components.models.imported import is_keras_file, is_keras_model
from components.models.imported import read as read_keras
from components.models.language.graph import Graph
from components.sharing.links.link import is_link, parse_link
from components.sharing.predicting import predict_rows
from sample_data.content import presets

if TYPE_CHECKING:
    import keras


def build(source: str | PathLike[str] | Mapping[str, Any]) -> keras.Model:
    """Build the Keras model of a preset, a share link, an architecture as a dict, or its file.

    The model has new weights and is not compiled.

    >>> import fusion_playground as fp
    >>> fp.build("wide_and_deep").count_params()
    1207
    """
    return build_with_weights(_architecture(source)).model


def load(path: str | PathLike[str]) -> predict_rows.RowPredictor:
    """Load a model that was trained in the playground, with its preparation of columns.

    Raises `ValueError` for a `.keras` file from elsewhere, and `FileError` for one of a newer
    version.

    >>> import fusion_playground as fp
    >>> fp.load("customers.keras").predict("new_customers.csv")[0]["churn"]
    'yes'
    """
    return predict_rows.load(path, converted=TRAINED.read)


def graph_of(source: str | PathLike[str] | Mapping[str, Any]) -> tuple[Graph, tuple[Mark, ...]]:
    """Return the graph and the emphasised parts of what `build` takes, or of a file of Keras."""
    if not isinstance(source, Mapping):
        path = Path(source)
        if path.exists() and is_keras_file(path):
            return read_keras(path).graph, ()
        if path.is_file() and is_keras_model(content := read_file(path, MOST_MODEL_BYTES)):
            return read_keras(content).graph, ()
    architecture = _architecture(source)
    return build_graph(architecture).graph, architecture.marks


def _architecture(source: str | PathLike[str] | Mapping[str, Any]) -> Architecture:
    if isinstance(source, Mapping):
        return parse(dict(source))
    if not isinstance(source, str | PathLike):
        raise SpecError(
            "A model can be built from the name of a preset, a share link, a dict or a file.",
            type(source).__name__,
            'Give one of them, such as `fp.build("wide_and_deep")`.',
        )
    path = Path(source)
    if isinstance(source, str) and not path.is_file():
        if is_link(source):
            return parse_link(source).architecture
        if path.name == source and not path.suffix:
            return presets.load(source)
    return parse_json(read_file(path, MOST_BYTES))
