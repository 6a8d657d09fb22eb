"""Minimum of the sources."""

from components.models.merges.base import OneLayer


class Minimum(OneLayer):
    """min over the sources, elementwise. Equal shapes -> the same shape."""

    title = "Minimum"
    family = "extreme"
    plain = "Keeps the smallest number at each position."
    formula = r"\min_m h_m"
    source = "keras.layers.Minimum"
    good_for = "xor; all-of rules, because all sources must be large"
    weak_at = "inner products; large signals, because only the smallest source learns from a sample"
    cost = "one comparison per number and source"
    traits = frozenset({"no weights"})
    rank = 60
