"""Heads: one file each, found by the registry."""

from components.models.heads.base import Head
from components.models.language.registry import Registry

HEADS: Registry[Head] = Registry(__name__, Head, "head")
