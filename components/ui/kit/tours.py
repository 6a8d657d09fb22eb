"""Tours: short hints beside the controls of a page, shown by `hints.js`. Their texts are here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from components.ui.kit.page_files import page_file

PARAMETER = "tour"
"""The parameter of a page's address that starts a tour."""
BUILD, TRAIN, COMPARE = map(page_file, ("Build", "Train", "Compare"))


class TourHint(NamedTuple):
    """A sentence, and the selector of the control that it is about.

    Where the control is not on the page, the hint points at `opener`; without one it is skipped.
    """

    text: str
    control: str
    opener: str = ""


class Tour(NamedTuple):
    """The hints of one page, in their order. The last says what to do next."""

    name: str
    title: str
    sentence: str
    page: Path
    hints: tuple[TourHint, ...]

    @property
    def address(self) -> str:
        """The end of the page's address; empty for the Build page."""
        return self.page.stem.partition("_")[2]


def _link(page: Path) -> str:
    """The selector of the link to a page in the bar."""
    return f'.st-key-navigation a[href$="{page.stem.partition("_")[2]}"]'


_MERGE = '[class*="_box_merge"] .stSelectbox'
_ADD_INPUT = ".st-key-add-input button"
_TRAIN = ".st-key-train button"

FIRST = Tour(
    "first",
    "First steps",
    "Three hints for the first visit.",
    BUILD,
    (
        TourHint("Add an input: it becomes a branch of the model.", _ADD_INPUT),
        TourHint("Choose the merge: how the branches become one.", _MERGE),
        TourHint("Train it: see how close it gets to the best possible.", _link(TRAIN)),
    ),
)
"""Shown on the Build page until this browser has closed it."""

TOURS = (
    Tour(
        "build",
        "Build a model",
        "Choose inputs and a merge, and read the diagram.",
        BUILD,
        (
            TourHint(
                "Start from a preset: this button opens the gallery. Undo brings your model back.",
                ".st-key-preset button",
            ),
            TourHint(
                "Each input is a branch with an encoder. Add one, or change those below.",
                _ADD_INPUT,
            ),
            TourHint("The merge joins the branches. Try another one: the diagram follows.", _MERGE),
            TourHint(
                "The diagram shows each layer with its output shape. Click a layer to see its "
                "details.",
                ".st-key-diagram",
                ".st-key-view",
            ),
            TourHint(
                "See the same model as an interactive graph, a summary or Keras code.",
                ".st-key-view",
            ),
            TourHint(
                "Next: open the Train page, and see how close the model gets to the best "
                "possible accuracy.",
                _link(TRAIN),
            ),
        ),
    ),
    Tour(
        "train",
        "Train the model",
        "Choose data, start a training, and read its curves.",
        TRAIN,
        (
            TourHint(
                "Choose the data: a relation whose best accuracy is known, a real dataset, or your "
                "own file.",
                ".st-key-source",
            ),
            TourHint(
                "An epoch is one pass over the data. More epochs take longer.",
                ".st-key-settings-epochs",
            ),
            TourHint("Start the training. You can stop it at any time.", _TRAIN),
            TourHint(
                "The curves follow the training. Dashed lines show the best possible accuracy.",
                ":is(.st-key-charts, .st-key-charts_many)",
            ),
            TourHint(
                "After the training, a report says how close the model came to the best possible "
                "accuracy.",
                ".report",
                _TRAIN,
            ),
            TourHint(
                "Next: find a better merge. Open the Compare page and race several strategies.",
                _link(COMPARE),
            ),
        ),
    ),
    Tour(
        "compare",
        "Compare strategies",
        "Let merge strategies race on the same data.",
        COMPARE,
        (
            TourHint(
                "Choose the strategies. Each one replaces the merge of your model.",
                ".st-key-race-strategies",
            ),
            TourHint(
                "Choose the relations between inputs and label. All strategies train on the same "
                "data.",
                ".st-key-race-relations",
                ".st-key-source",
            ),
            TourHint(
                "Each strategy trains once for each seed. More seeds show smaller differences.",
                ".st-key-race-seeds",
            ),
            TourHint("Predict the winner. The page answers after the race.", ".st-key-bet"),
            TourHint(
                "Next: start the race. When it ends, its verdict says which strategies differ.",
                ".st-key-start_race button",
            ),
        ),
    ),
)
"""Tours for newcomers. `?tour=` and the name, in the address of the page, starts one."""


def script() -> str:
    """The tours for `hints.js`."""
    data = [
        {"name": tour.name, "title": tour.title, "page": tour.address, "hints": tour.hints}
        for tour in (FIRST, *TOURS)
    ]
    return f"window.fusionTours = {json.dumps(data)};"
