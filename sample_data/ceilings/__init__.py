"""Ceilings of a relation, and the spread of information about a label over inputs."""

from sample_data.ceilings.bounds import MOST_CLASSES, OTHER_SUMS, Ceilings, ceilings
from sample_data.ceilings.estimator import Ceiling

__all__ = ["MOST_CLASSES", "OTHER_SUMS", "Ceiling", "Ceilings", "ceilings"]
