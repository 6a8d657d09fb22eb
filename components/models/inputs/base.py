"""Base of all inputs, with name, encoder and shape."""

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Field

from components.base.text import one_line
from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder, Form
from components.models.encoders.passthrough import Passthrough
from components.models.language.blocks import keep_one_step
from components.models.language.fields import hints
from components.models.language.fields import number as number
from components.models.language.recorder import Keras, Tensor
from components.models.language.registry import Concept

_NAME = r"^[A-Za-z][A-Za-z0-9_]{0,39}$"
Name = Annotated[str, StringConstraints(pattern=_NAME)]
Label = Annotated[str, StringConstraints(max_length=60), AfterValidator(one_line)]
Shape = tuple[int | None, ...]

if TYPE_CHECKING:
    AnyEncoder = Encoder
else:
    AnyEncoder = ENCODERS.union()


def presence(name: str) -> str:
    """Return the name of the model input that marks the samples with the input `name`."""
    return f"{name}_present"


def filling(name: str) -> str:
    """Return the name of the layer whose weights replace a missing input."""
    return f"{name}_filling"


def is_name(text: str) -> bool:
    """Return `True` if a part of an architecture may have this name."""
    return re.fullmatch(_NAME, text) is not None


class Input(Concept):
    """One named model input with its encoder: a branch."""

    form: ClassVar[Form]
    """Kind of tensor: a map, tokens, a sequence, a vector or ids."""
    dtype: ClassVar[str] = "float32"
    plain: ClassVar[str]
    """Title for people who do not know the kinds yet."""
    note: ClassVar[str] = ""
    """Answer to a frequent question about this kind."""

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
    missing: Literal["never", "zeros", "mean", "learned"] = Field(
        "never",
        description="Filling for a sample that lacks this input: zeros, the mean of the training "
        "samples, or a learned value that starts at that mean and was not shown to beat it. Zeros "
        "mislead where 0 means something, as black does. `never` if all samples have it.",
        json_schema_extra=hints(title="If missing"),
    )
    missing_rate: float = number(
        0.0,
        0,
        0.9,
        "Probability that a training sample is trained on without this input. 0 turns it off.",
        step=0.05,
        title="Missing in training",
        when="missing=zeros|mean|learned",
    )

    @property
    def shape(self) -> Shape:
        """Shape of one sample; `None` for a variable length."""
        raise NotImplementedError

    @property
    def cardinality(self) -> int:
        """Number of ids, for inputs of ids; otherwise 0."""
        return 0

    @property
    def padded(self) -> bool:
        """`True` if steps of zeros are padding, which layers skip."""
        return False

    def tensors(self, k: Keras) -> tuple[Tensor, ...]:
        """Return the model input, named as its branch, and last the tensor for the branch.

        If the input may be missing, there are two tensors (1,) between them, 1 for present samples
        and 0 for missing ones: a second model input, and the same after random omissions in
        training.
        """
        x = k.input(self.name, self.shape, self.dtype)
        if self.missing == "never":
            return (self._masked(k, x),)
        with k.annotate(title="Is present"):
            present = there = k.input(presence(self.name), (1,), "float32", self.name)
        if self.missing_rate:
            there = k.Dropout(self.missing_rate, name="left_out")(present)
            with k.annotate(hidden="bypass"):
                there = k.ops.sign(there)
        return x, present, there, self._masked(k, self._filled(k, x, there))

    def _filled(self, k: Keras, x: Tensor, there: Tensor) -> Tensor:
        """Return `x` with missing samples replaced by the filling."""
        with k.annotate(hidden="bypass"):
            if len(self.shape) > 1:
                there = k.Reshape((1,) * len(self.shape), name="has")(there)
            kept = k.ops.greater(there, 0.0)
        value: Any = 0 if self.cardinality else 0.0
        if self.has_mean:
            learned = {} if self.missing == "learned" else {"trainable": False}
            with k.annotate(hidden="mask"):
                always = k.ops.ones_like(there)
            with k.annotate(title="Filling"):
                value = k.Dense(
                    self.shape[-1],
                    use_bias=False,
                    kernel_initializer="zeros",
                    name="filling",
                    **learned,
                )(always)
        return k.ops.where(kept, x, value)

    def _masked(self, k: Keras, x: Tensor) -> Tensor:
        """Return `x` with a mask of the steps that are not padding."""
        return k.set_mask(x, lambda: self._mask(k, x)) if self.padded else x

    def _mask(self, k: Keras, x: Tensor) -> Tensor:
        """Return a mask (batch, steps), true where a step of `x` is not padding.

        A sample of padding only keeps its first step, so that means over its steps exist.
        """
        held = k.ops.not_equal(x, 0)
        if len(x.shape) == 3:
            held = k.ops.any(held, axis=-1)
        return keep_one_step(k, held)

    @property
    def has_mean(self) -> bool:
        """`True` if its filling is the mean of the training samples, or starts there."""
        return self.missing in ("mean", "learned")

    @property
    def passes_through(self) -> bool:
        """`True` if the branch has no encoder layers."""
        return self.encoder.depth == 0


def encoders_for(form: Form) -> list[str]:
    """Return the kinds of encoder that read this form of input, the default one first."""
    return [kind for kind, encoder in ENCODERS.items() if form in encoder.takes]


def default_encoder(form: Form, **fields: Any) -> Encoder:
    """Return the default encoder for inputs of this form."""
    return ENCODERS[encoders_for(form)[0]](**fields)
