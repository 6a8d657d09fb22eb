"""Concatenation of the features."""

from components.models.merges.base import Contract, OneLayer


class Concatenate(OneLayer):
    """[h1; ...; hM] along the last axis. (..., d_m) each -> (..., sum of d_m)."""

    title = "Concatenate"
    family = "join"
    plain = "Joins the vectors end to end."
    contract = Contract(equal="all but the last axis")
    formula = r"[h_1;\, h_2;\, \dots;\, h_M]"
    source = "keras.layers.Concatenate"
    good_for = (
        "redundant, unique and additive signals; sources of any widths, because all of their "
        "numbers are kept"
    )
    weak_at = "products of features, because with a linear head it only adds"
    cost = "only the memory of the sum of widths"
    traits = frozenset({"no weights", "additive"})
    rank = 10
