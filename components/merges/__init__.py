"""Merge strategies: one file each, found by the registry."""

from components.merges.base import Merge
from components.registry import Registry

MERGES: Registry[Merge] = Registry("components.merges", Merge, "merge")
