"""Cases of a verdict on a run: one file for each, found by the registry; the first that applies."""

from components.experiments.verdicts.cases.base import RunCase
from components.models.language.registry import Registry

CASES: Registry[RunCase] = Registry(__name__, RunCase, "case of a verdict")
