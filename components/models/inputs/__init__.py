"""Kinds of input: one file for each, found by the registry."""

from components.models.inputs.base import Input
from components.models.language.registry import Registry

INPUTS: Registry[Input] = Registry(__name__, Input, "input")
