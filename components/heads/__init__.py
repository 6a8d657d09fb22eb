"""Heads: one file each, found by the registry."""

from components.heads.base import Head
from components.registry import Registry

HEADS: Registry[Head] = Registry("components.heads", Head, "head")
