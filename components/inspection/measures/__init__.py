"""The measures of an inspection: one file each, found by the registry."""

from components.core.registry import Registry
from components.inspection.measures.base import Measure

MEASURES: Registry[Measure] = Registry("components.inspection.measures", Measure, "measure")
