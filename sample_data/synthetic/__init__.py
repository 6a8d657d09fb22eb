"""Synthetic data with known truth, made from a relation for an architecture."""

from sample_data.synthetic.generate import make, make_targets, nbytes, plan_of
from sample_data.synthetic.spec import DataSpec, parse_data

__all__ = ["DataSpec", "make", "make_targets", "nbytes", "parse_data", "plan_of"]
