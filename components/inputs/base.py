"""What every input shares: its name, its encoder and its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from components.core.registry import Concept
from components.encoders import ENCODERS
from components.encoders.base import Encoder, Form, keep_one_step
from components.encoders.passthrough import Passthrough

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
Shape = tuple[int | None, ...]

if TYPE_CHECKING:
    from components.core.recorder import Keras, Tensor

    AnyEncoder = Encoder
else:
    AnyEncoder = ENCODERS.union()


class Input(Concept):
    """One named model input with its encoder: a branch."""

    form: ClassVar[Form]
    """What the encoders see: a map, tokens, a sequence, a vector or ids."""
    dtype: ClassVar[str] = "float32"
    purpose: ClassVar[str]
    """What it is for, in a few words."""

    name: Name
    encoder: AnyEncoder = Field(default_factory=Passthrough)

    @property
    def shape(self) -> Shape:
        """Shape of one sample; `None` where any length is taken."""
        raise NotImplementedError

    @property
    def cardinality(self) -> int:
        """How many ids there are, for inputs of ids; 0 for the rest."""
        return 0

    @property
    def padded(self) -> bool:
        """Whether steps of zeros are padding, which no layer looks at."""
        return False

    def steps(self, k: Keras, x: Tensor) -> Tensor:
        """(batch, steps), true where a step of `x` is not padding.

        A sample of padding alone keeps its first step, so that means over its steps exist.
        """
        held = k.ops.not_equal(x, 0)
        if len(x.shape) == 3:
            held = k.ops.any(held, axis=-1)
        return keep_one_step(k, held)

    @property
    def passes_through(self) -> bool:
        """Whether no layer stands between the input and what reads it."""
        return self.encoder.depth == 0


def encoders_for(form: Form) -> list[str]:
    """Kinds of encoder that can read a form of input, the default one first."""
    return [kind for kind, encoder in ENCODERS.items() if form in encoder.takes]


def default_encoder(form: Form, **fields: Any) -> Encoder:
    """The encoder an input of that form starts with."""
    return ENCODERS[encoders_for(form)[0]](**fields)
