"""Pictures in the text of a lesson."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from components.model.spec import parse


class _Picture(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    caption: str = Field("", max_length=300)


class BarsPicture(_Picture):
    """Labelled bars, such as accuracies. The text of the picture is made from them."""

    kind: Literal["bars"]
    bars: Annotated[dict[str, float], Field(min_length=1, max_length=20)]
    most: float = Field(1.0, gt=0)
    """The value of a full bar."""


def _valid(architecture: dict[str, Any]) -> dict[str, Any]:
    parse(architecture)
    return architecture


class DiagramPicture(_Picture):
    """The diagram of a model: an architecture as plain data."""

    kind: Literal["diagram"]
    architecture: Annotated[dict[str, Any], AfterValidator(_valid)]


class AtlasPicture(_Picture):
    """What strategies reach on a dataset of the atlas, as bars with their ceilings."""

    kind: Literal["atlas"]
    section: str
    data: str
    strategies: Annotated[tuple[str, ...], Field(min_length=1, max_length=12)]


Picture = Annotated[BarsPicture | DiagramPicture | AtlasPicture, Field(discriminator="kind")]
