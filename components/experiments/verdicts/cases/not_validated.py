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
        text = (
            f"Reaches {quality(run, run.reached.value)} on the {on_samples(run)} themselves. None "
            "were held out, so this does not show how well it does on new ones."
        )
        by_file = " The held-out rows are chosen where the file is read."
        return f"{text}{by_file if run.settings.validation_share else ''}"

    @classmethod
    def suggestion(cls, run: RunFigures) -> Suggestion | None:
        """Suggest a share, unless there is one: then the file that was read holds out no rows."""
        if run.settings.validation_share:
            return None
        return Suggestion("Try a validation share of 0.25", settings={"validation_share": 0.25})
