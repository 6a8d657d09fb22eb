"""No samples are held out."""

from __future__ import annotations

from components.experiments.verdicts.cases.base import RunCase, Suggestion, on_samples, quality
from components.experiments.verdicts.figures import RunFigures


class NotValidated(RunCase):
    title = "Not validated"
    rank = 20

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        return not run.validated

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        return (
            f"Reaches {quality(run, run.reached.value)} on the {on_samples(run)} themselves. None "
            "were held out, so this does not show how well it does on new ones."
        )

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        return Suggestion("Try a validation share of 0.25", settings={"validation_share": 0.25})
