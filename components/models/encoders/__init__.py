"""Encoders: one file each, found by the registry."""

from components.models.encoders.base import Encoder
from components.models.language.registry import Registry

ENCODERS: Registry[Encoder] = Registry(__name__, Encoder, "encoder")
