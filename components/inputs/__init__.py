"""Kinds of input: one file each, found by the registry."""

from components.inputs.base import Input
from components.registry import Registry

INPUTS: Registry[Input] = Registry("components.inputs", Input, "input")
