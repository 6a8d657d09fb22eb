"""Sum of the sources."""

from components.models.merges.base import OneLayer


class Add(OneLayer):
    """h1 + ... + hM, elementwise. Equal shapes -> the same shape."""

    title = "Add"
    family = "sum"
    plain = "Adds the numbers at the same position."
    formula = r"\sum_m h_m"
    source = "keras.layers.Add"
    good_for = "redundant and additive signals, with no weights"
    weak_at = "products of features, because with a linear head it only adds"
    cost = "one addition per number and source"
    traits = frozenset({"no weights", "additive"})
    rank = 20
