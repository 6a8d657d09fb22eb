"""Encoders: one file each, found by the registry."""

from components.encoders.base import Encoder
from components.registry import Registry

ENCODERS: Registry[Encoder] = Registry("components.encoders", Encoder, "encoder")
