"""What every input shares: its name, its encoder and its shape."""

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Field

from components.core.blocks import keep_one_step
from components.core.fields import hints
from components.core.fields import number as number
from components.core.recorder import Keras, Tensor
from components.core.registry import Concept
from components.core.text import one_line
from components.encoders import ENCODERS
from components.encoders.base import Encoder, Form
from components.encoders.passthrough import Passthrough

_NAME = r"^[A-Za-z][A-Za-z0-9_]{0,39}$"
Name = Annotated[str, StringConstraints(pattern=_NAME)]
Label = Annotated[str, StringConstraints(max_length=60), AfterValidator(one_line)]
Shape = tuple[int | None, ...]

if TYPE_CHECKING:
    AnyEncoder = Encoder
else:
    AnyEncoder = ENCODERS.union()


def is_name(text: str) -> bool:
    """Whether a part of an architecture may have this name."""
    return re.fullmatch(_NAME, text) is not None


class Input(Concept):
    """One named model input with its encoder: a branch."""

    form: ClassVar[Form]
    """The kind of tensor: a map, tokens, a sequence, a vector or ids."""
    dtype: ClassVar[str] = "float32"
    plain: ClassVar[str]
    """The title for a person who does not know the kinds yet."""
    note: ClassVar[str] = ""
    """What is often asked about it."""

    name: Name
    label: Label = Field(
        "",
        description="What people call it, in any language. Empty for its name.",
    )
    encoder: AnyEncoder = Field(default_factory=Passthrough)
    reads: str = Field(
        "",
        description="Another input of the same kind and sizes, whose data this branch reads. Empty "
        "for data of its own.",
        json_schema_extra=hints(title="Reads the data of", refers="inputs"),
    )

    @property
    def shape(self) -> Shape:
        """Shape of one sample; `None` for an open length."""
        raise NotImplementedError

    @property
    def cardinality(self) -> int:
        """The number of ids, for inputs of ids; else 0."""
        return 0

    @property
    def padded(self) -> bool:
        """Whether steps of zeros are padding, which layers skip."""
        return False

    def tensor(self, k: Keras) -> Tensor:
        """The model input, named as its branch, with a mask of the steps that are not padding."""
        x = k.input(self.name, self.shape, self.dtype)
        return k.set_mask(x, lambda: self._mask(k, x)) if self.padded else x

    def _mask(self, k: Keras, x: Tensor) -> Tensor:
        """(batch, steps), true where a step of `x` is not padding.

        A sample that is all padding keeps its first step, so that means over its steps exist.
        """
        held = k.ops.not_equal(x, 0)
        if len(x.shape) == 3:
            held = k.ops.any(held, axis=-1)
        return keep_one_step(k, held)

    @property
    def passes_through(self) -> bool:
        """Whether the branch has no encoder layers."""
        return self.encoder.depth == 0


def encoders_for(form: Form) -> list[str]:
    """Kinds of encoder that read this form of input, the default one first."""
    return [kind for kind, encoder in ENCODERS.items() if form in encoder.takes]


def default_encoder(form: Form, **fields: Any) -> Encoder:
    """The default encoder of an input of this form."""
    return ENCODERS[encoders_for(form)[0]](**fields)
