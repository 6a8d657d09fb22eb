"""Encoders: one file each, found by the registry."""

from components.core.registry import Registry
from components.encoders.base import Encoder

ENCODERS: Registry[Encoder] = Registry(__name__, Encoder, "encoder")
