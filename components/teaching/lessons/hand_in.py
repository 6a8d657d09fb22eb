"""Submitted work: a token with the lesson, the model, its scores, and all answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from components.base.errors import LessonError
from components.base.refusals import refusal
from components.sharing.links.link import LinkContent, parse_content, token_in
from components.sharing.links.token import pack_token, unpack_token
from components.teaching.lessons.evidence import Evidence, LockedBet, SeedScores, evidence_of
from components.teaching.lessons.lesson import Content, Lesson

HAND_IN = "hand_in"


class HandIn(BaseModel):
    """A learner's submitted work. Keys are ids of checks."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True
    )

    lesson: str
    """Name of the lesson."""
    digest: str
    """Digest of the lesson: another version of it may have other checks."""
    work: Content
    """Model, with the data and settings of the lesson."""
    answers: dict[str, str | float] = {}
    bets: dict[str, LockedBet] = {}
    scores: dict[str, dict[int, float]] = {}
    """Scores of the model, by seed."""
    earlier: dict[str, Content] = {}
    """Kept models that passed checks with `keeps`."""

    def require_version(self, lesson: Lesson) -> None:
        """Raise `LessonError` if the work is for another version of the lesson."""
        if self.digest not in (lesson.digest, *lesson.reworded):
            raise LessonError(
                "The token is of another version of the lesson.",
                f"{self.lesson} {self.digest}",
                "Name the lesson that it was made with.",
            )

    def evidence(
        self,
        scores: Mapping[str, SeedScores] | None = None,
        failures: Mapping[str, str] | None = None,
    ) -> Evidence:
        """Return the evidence of the work, with its own scores or with those of other runs."""
        kept = {id: content.architecture for id, content in self.earlier.items()}
        figures = self.scores if scores is None else scores
        model = self.work.architecture
        return evidence_of(model, self.answers, self.bets, figures, failures, kept)

    def token(self) -> str:
        """Return the token for `parse_hand_in`. Raises `LinkError` if it is too long."""
        parts = self.model_dump(mode="json", exclude_defaults=True)
        return pack_token({HAND_IN: parts}, "Hand in a smaller model.")


@dataclass(frozen=True)
class LessonWork:
    """Content of a token: submitted work, or only the model of a share link."""

    content: LinkContent
    hand_in: HandIn | None = None


def parse_work(text: str) -> LessonWork:
    """Read a hand-in token or a share link. Raises `LinkError` and `LessonError`."""
    parts = unpack_token(token_in(text))
    if isinstance(parts, Mapping) and HAND_IN in parts:
        hand_in = _hand_in(parts[HAND_IN])
        return LessonWork(hand_in.work, hand_in)
    return LessonWork(parse_content(parts))


def parse_hand_in(text: str) -> HandIn:
    """Read the work in a token. Raises `LinkError` and `LessonError`."""
    hand_in = parse_work(text).hand_in
    if hand_in is None:
        raise LessonError(
            "This token is not from a lesson.",
            "",
            "Press Hand in at the end of the lesson, and copy its token.",
        )
    return hand_in


def _hand_in(parts: object) -> HandIn:
    try:
        return HandIn.model_validate(parts)
    except ValidationError as error:
        raise refusal(error, LessonError, HandIn, parts, "the token") from None
