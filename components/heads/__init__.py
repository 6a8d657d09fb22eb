"""Heads: one file each, found by the registry."""

from components.core.registry import Registry
from components.heads.base import Head

HEADS: Registry[Head] = Registry(__name__, Head, "head")
