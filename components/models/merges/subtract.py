"""Difference of two sources."""

from components.models.merges.base import Contract, OneLayer


class Subtract(OneLayer):
    """h1 - h2, elementwise. Two equal shapes -> the same shape."""

    title = "Subtract"
    family = "sum"
    plain = "Takes the second source away from the first, position by position."
    contract = Contract(at_most=2)
    formula = r"h_1 - h_2"
    source = "keras.layers.Subtract"
    good_for = "which of two sources is larger, because the sign of the difference is kept"
    weak_at = "similarity, because with a linear head it only adds"
    cost = "one subtraction per number"
    traits = frozenset({"no weights", "additive", "comparison"})
    rank = 70
