"""A Siamese branch: the layers of another branch, with the same weights."""

from components.models.encoders import base
from components.models.encoders.base import Field, hints, number


class Shared(base.Encoder):
    """The encoder of another input of the same kind and shape, weights included (Bromley 1993).

    The builder calls that encoder's layers again.
    """

    title = "Shared with another input"
    takes = base.FORMS
    source = "Bromley, Guyon, LeCun, Säckinger and Shah 1993"
    good_for = "comparing two inputs of one kind; half the weights, twice the data for each"
    weak_at = "inputs that look alike but have different meanings"
    rank = 95

    depth: int = number(1, 1, 1, "Always 1: the other branch sets the depth.")
    branch: str = Field(
        description="The input whose encoder this input also uses, weights included.",
        json_schema_extra=hints(title="Shares the encoder of", refers="inputs"),
    )
