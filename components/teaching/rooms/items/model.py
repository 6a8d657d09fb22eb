"""A model that the class sees."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from components.sharing.links.link import LinkContent, share
from components.teaching.lessons.checks import Question
from components.teaching.lessons.lesson import Content
from components.teaching.rooms.content import RoomContent, ShownWork
from components.teaching.rooms.items.base import PlanItem, Submitted
from sample_data.content import presets


def _preset_or_model(value: object) -> object:
    return LinkContent(presets.load(value)) if isinstance(value, str) else value


class _OrName:
    def __get_pydantic_json_schema__(
        self, model: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "description": "A preset."}, handler(model)]}


class ModelItem(PlanItem):
    """A model that the class sees: the name of a preset, or a model as in a lesson's start."""

    works = True
    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: Annotated[Content, BeforeValidator(_preset_or_model), _OrName()]

    @property
    def token(self) -> str:
        """Token of a link to the model. Raises `LinkError` if it is too long."""
        return share(self.model.architecture, self.model.data, self.model.settings)

    @model_validator(mode="after")
    def _can_be_shared(self) -> Self:
        _ = self.token
        return self

    @property
    def now(self) -> str:
        """Sentence that tells learners what to do now."""
        return "Open your copy of the model."

    def begin(
        self, content: RoomContent, question: Question | None, submitted: Submitted
    ) -> RoomContent:
        """Return the content once the class sees the model."""
        return content.showing(ShownWork(kind="model", token=self.token, title=self.title))
