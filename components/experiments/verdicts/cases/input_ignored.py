"""An input that the data needs, and whose shuffling changes nothing.

It is said of no model at chance: where nothing was learned, shuffling an input explains nothing.
"""

from __future__ import annotations

from components.experiments.verdicts.cases.base import RunCase, on_samples, quality
from components.experiments.verdicts.figures import SMALL, RunFigures


class InputIgnored(RunCase):
    title = "Input ignored"
    rank = 120

    @classmethod
    def applies(cls, run: RunFigures) -> bool:
        return run.below_possible and not run.at_chance and bool(_ignored(run))

    @classmethod
    def sentence(cls, run: RunFigures) -> str:
        assert run.levels is not None
        (name, without), *_ = _ignored(run)
        return (
            f"Ignores `{name}`: its quality stays the same if the values of `{name}` are shuffled. "
            f"It reaches {quality(run, run.reached.value)} on {on_samples(run)}. Without `{name}` "
            f"{quality(run, without)} is possible, with it {quality(run, run.levels.bayes)}."
        )


def _ignored(run: RunFigures) -> list[tuple[str, float]]:
    """Return the ignored inputs of two, each with the best quality of the other input.

    An input is ignored if a quality loss of `SMALL / 2` lies above the interval of its shuffling.
    """
    if run.levels is None or len(run.levels.names) != 2:
        return []
    (first, second), (alone, other) = run.levels.names, run.levels.alone
    needed = {first: other, second: alone}
    return [
        (name, without)
        for name, without in needed.items()
        if name in run.shuffled
        and run.levels.bayes - without > SMALL
        and run.shuffled[name].value + 2 * run.shuffled[name].error < SMALL / 2
    ]
