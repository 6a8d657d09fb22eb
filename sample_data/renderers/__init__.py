"""How hidden causes become inputs: one file for each kind of input, found by the registry."""

from components.core.registry import Registry
from sample_data.renderers.base import Renderer

RENDERERS: Registry[Renderer] = Registry("sample_data.renderers", Renderer, "renderer")
