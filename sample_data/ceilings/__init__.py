"""What can be reached on a relation, and how the information about a label is spread."""

from sample_data.ceilings.bounds import MOST_CLASSES, OTHER_SUMS, Ceilings, ceilings
from sample_data.ceilings.estimator import Ceiling

__all__ = ["MOST_CLASSES", "OTHER_SUMS", "Ceiling", "Ceilings", "ceilings"]
