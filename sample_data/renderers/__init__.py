"""Renderers of hidden causes and columns as inputs: one file per kind, found by the registry."""

from components.models.inputs.base import Input
from components.models.language.registry import Registry, kind_of
from sample_data.renderers.base import Renderer

RENDERERS: Registry[Renderer] = Registry(__name__, Renderer, "renderer")


def renderer_of(branch: Input) -> Renderer:
    """Return the renderer of an input's kind."""
    return RENDERERS[kind_of(type(branch))]()
