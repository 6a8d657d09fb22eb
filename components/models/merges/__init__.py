"""Merge strategies: one file for each, found by the registry."""

from components.models.language.registry import Registry
from components.models.merges.base import Merge

MERGES: Registry[Merge] = Registry(__name__, Merge, "merge")
