"""Maximum of the sources."""

from components.models.merges.base import OneLayer


class Maximum(OneLayer):
    """max over the sources, elementwise. Equal shapes -> the same shape."""

    title = "Maximum"
    family = "extreme"
    plain = "Keeps the largest number at each position."
    formula = r"\max_m h_m"
    source = "keras.layers.Maximum"
    good_for = "xor; any-of rules, because one large source is enough"
    weak_at = "conditions; small signals, because only the largest source learns from a sample"
    cost = "one comparison per number and source"
    traits = frozenset({"no weights"})
    rank = 50
