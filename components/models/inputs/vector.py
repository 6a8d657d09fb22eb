"""Tabular features."""

from components.models.inputs.base import Input, Shape, number


class Vector(Input):
    """Features of a table's row, or readings of sensors. Shape (features,)."""

    title = "Vector"
    plain = "Table (numbers)"
    form = "vector"
    rank = 50

    features: int = number(16, 1, 65536, "Numbers in the vector.", step=1)

    @property
    def shape(self) -> Shape:
        return (self.features,)
