"""Measures of an inspection: one file for each, found by the registry."""

from components.experiments.inspection.measures.base import InspectionMeasure
from components.models.language.registry import Registry

MEASURES: Registry[InspectionMeasure] = Registry(__name__, InspectionMeasure, "measure")
