"""Kinds of input: one file for each, found by the registry."""

from components.core.registry import Registry
from components.inputs.base import Input

INPUTS: Registry[Input] = Registry(__name__, Input, "input")
