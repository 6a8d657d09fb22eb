"""A race of the same model that takes two minutes: what it leaves out, and what that costs."""

from __future__ import annotations

from math import ceil, sqrt
from typing import NamedTuple

from components.core.text import plural
from components.race.distributions import detectable
from components.race.evaluation import measured
from components.race.setup import Race
from components.race.statistics import FIRST_SEEDS, LEVEL, POWER
from components.race.widths import size
from components.training.pace import LEAST_SAMPLES, TUNING_STARTS, RunSize, TrainingPace
from components.training.tuning import FACTORS
from sample_data.sources import Data

SECONDS = 120.0
"""Seconds that a quick race takes at most."""
LARGEST = 0.2
"""A race that would show only larger differences than this is not worth its time."""
EPOCHS_KEPT = 0.5
"""Share of the epochs that a quick race trains at least: with fewer, slow learners look weak."""
APART = 0.25
"""Share of held-out samples on which one of two equally good strategies is right and the other is
wrong: they scatter a difference (docs/measured.md)."""
RUN_STARTS = 1 / 6
"""Share of a start that a run takes beside its epochs where its process has trained the model."""
SAMPLES = 2000
"""Samples that are assumed for data of unknown size."""


class QuickRace(NamedTuple):
    """A smaller race, the seconds it takes, and the smallest difference that it would show."""

    race: Race
    seconds: float
    difference: float

    @property
    def words(self) -> str:
        """The difference in the race's measure, such as `6 points`."""
        return difference_words(self.race, self.difference)


def quick_race(race: Race, pace: TrainingPace) -> QuickRace | None:
    """Return the largest race of this model that takes two minutes, with as few seeds as a first
    verdict needs; `None` if it would show no difference below `LARGEST`.

    Samples are halved until at least `EPOCHS_KEPT` of the epochs fit.
    """
    samples = max(_samples(data) for data in race.data)
    while True:
        smaller = _fitting(race, samples, pace)
        if smaller is not None:
            return smaller if smaller.difference < LARGEST else None
        if samples // 2 < LEAST_SAMPLES or all(isinstance(data, str) for data in race.data):
            return None
        samples //= 2


def race_seconds(race: Race, pace: TrainingPace) -> float:
    """Return the seconds for a whole race.

    Processes start side by side, as many as are trained at a time; epochs share the cores.
    """
    flops, groups = size(race.architecture).flops, 1 + (race.seeds > FIRST_SEEDS)
    passes = race.settings.epochs + (len(FACTORS) if race.pays else 0)
    settings = race.settings.model_copy(update={"epochs": passes})
    epochs = sum(
        RunSize.of(flops, _samples(data), settings).training_seconds(pace.slowness)
        for data in race.data
    )
    starts = len(race.entries) * len(race.data) * groups
    runs = len(race.entries) * race.seeds
    counted = starts * (1 + TUNING_STARTS * race.pays) + race.total * RUN_STARTS
    turns = ceil(starts / pace.at_a_time) / starts
    return turns * counted * pace.start_seconds + runs * epochs


def nothing_shown(race: Race, pace: TrainingPace) -> str:
    """Return why a race has no quick form, and whether two strategies alone would have one."""
    nothing = f"nothing under {difference_words(race, LARGEST)}"
    text = f"In two minutes, {race.counted(len(race.entries))} would show {nothing}"
    two = quick_race(race.model_copy(update={"entries": race.entries[:2]}), pace)
    if len(race.entries) > 2 and two is not None:
        text += f", and two strategies differences from {two.words}"
    return f"{text}."


def size_words(race: Race) -> str:
    """Return what a race is shrunk in: `500 samples, 10 epochs, 4 seeds`."""
    drawn = [data for data in race.data if getattr(data, "samples", None)]
    parts = [f"{_samples(drawn[0]):,} samples"] if drawn else []
    return ", ".join([*parts, plural(race.settings.epochs, "epoch"), plural(race.seeds, "seed")])


def difference_words(race: Race, difference: float) -> str:
    """Return a difference in the race's measure, without a precision that no forecast has."""
    if measured(race).share:
        return plural(max(1, round(100 * difference)), "point")
    return f"{difference:.2f}"


def _fitting(race: Race, samples: int, pace: TrainingPace) -> QuickRace | None:
    """Return the race on so many samples with the most epochs that fit, if those are enough."""

    def with_epochs(epochs: int) -> Race:
        return race.model_copy(
            update={
                "data": tuple(_reduced(data, samples) for data in race.data),
                "settings": race.settings.model_copy(update={"epochs": epochs}),
                "seeds": FIRST_SEEDS,
            }
        )

    one, two = (race_seconds(with_epochs(epochs), pace) for epochs in (1, 2))
    epochs = min(race.settings.epochs, 1 + int((SECONDS - one) / (two - one)))
    if epochs < ceil(EPOCHS_KEPT * race.settings.epochs):
        return None
    smaller = with_epochs(epochs)
    return QuickRace(smaller, race_seconds(smaller, pace), _difference(smaller))


def _difference(race: Race) -> float:
    """Return the smallest difference that a race would show with a probability of `POWER`.

    It is known before the race only as far as the held-out samples cause it.
    """
    share = race.settings.validation_share or 1.0
    held = share * min(_samples(data) for data in race.data)
    error = sqrt(APART / held / race.seeds)
    return error * detectable(max(2, len(race.entries)), race.seeds - 1, LEVEL, POWER)


def _samples(data: Data) -> int:
    return getattr(data, "samples", None) or SAMPLES


def _reduced(data: Data, samples: int) -> Data:
    """Return the data with at most so many samples; a file of one's own keeps its rows."""
    if isinstance(data, str) or _samples(data) <= samples:
        return data
    return data.model_copy(update={"samples": samples})
