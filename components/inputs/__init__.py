"""Kinds of input: one file each, found by the registry."""

from components.core.registry import Registry
from components.inputs.base import Input

INPUTS: Registry[Input] = Registry("components.inputs", Input, "input")
