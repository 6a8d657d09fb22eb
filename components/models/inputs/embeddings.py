"""Text as word vectors."""

from components.models.inputs.base import Field, Input, Shape, number


class Embeddings(Input):
    """A sequence of word vectors. Shape (length, features)."""

    title = "Embeddings"
    plain = "Text (word vectors)"
    note = (
        "The words are vectors already, so no Embedding layer is needed. For words as ids, choose "
        "Tokens."
    )
    form = "sequence"
    rank = 30

    length: int | None = number(
        50, 1, 4096, "Words in a sequence. Empty allows any number.", unit="steps"
    )
    features: int = number(100, 1, 8192, "Width of a word vector.", step=4)
    padding: bool = Field(False, description="Steps of zeros are padding, which layers skip.")

    @property
    def shape(self) -> Shape:
        return (self.length, self.features)

    @property
    def padded(self) -> bool:
        return self.padding
