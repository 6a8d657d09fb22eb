"""Merge strategies: one file for each, found by the registry."""

from components.core.registry import Registry
from components.merges.base import Merge

MERGES: Registry[Merge] = Registry(__name__, Merge, "merge")
