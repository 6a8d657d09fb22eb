"""Categories: one id from a fixed set."""

from components.models.inputs.base import Input, Shape, number


class Categorical(Input):
    """One integer id below `categories`. Shape (1,)."""

    title = "Categorical"
    plain = "Category"
    form = "ids"
    dtype = "int32"
    rank = 60

    categories: int = number(10, 1, 10000000, "Number of different ids.", step=1, unit="ids")

    @property
    def shape(self) -> Shape:
        return (1,)

    @property
    def cardinality(self) -> int:
        return self.categories
