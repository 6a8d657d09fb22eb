"""Measures of an inspection: one file for each, found by the registry."""

from components.core.registry import Registry
from components.inspection.measures.base import InspectionMeasure

MEASURES: Registry[InspectionMeasure] = Registry(__name__, InspectionMeasure, "measure")
