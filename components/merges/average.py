"""The mean."""

from components.merges.base import OneLayer


class Average(OneLayer):
    """(h1 + ... + hM) / M, elementwise. Equal shapes -> the same shape."""

    title = "Average"
    family = "sum"
    plain = "Takes the mean of the numbers at the same position."
    formula = r"\frac{1}{M} \sum_m h_m"
    source = "keras.layers.Average"
    good_for = "noisy copies of one signal, and missing inputs, with no weights"
    weak_at = "products of features, because with a linear head it only adds"
    cost = "one addition per number and source"
    traits = frozenset({"no weights", "additive"})
    rank = 30
