"""Text as integer ids."""

from components.models.inputs.base import Field, Input, Shape, number


class Tokens(Input):
    """Integer token ids below `vocabulary`; 0 is padding. Shape (length,)."""

    title = "Tokens"
    plain = "Text (words)"
    form = "tokens"
    dtype = "int32"
    rank = 20

    vocabulary: int = number(
        1000, 2, 1000000, "Number of different ids, padding included.", step=100, unit="ids"
    )
    length: int | None = number(
        32, 1, 4096, "Ids in a sequence. Empty allows any number.", unit="steps"
    )
    padding: bool = Field(
        True, description="Id 0 is padding, which encoders of depth 1 or more skip."
    )

    @property
    def shape(self) -> Shape:
        return (self.length,)

    @property
    def cardinality(self) -> int:
        return self.vocabulary

    @property
    def padded(self) -> bool:
        return self.padding
