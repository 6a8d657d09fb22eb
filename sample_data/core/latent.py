"""Hidden causes: the capacity of inputs to show them, samples of them, and observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sample_data.core.arrays import Array, Floats


@dataclass(frozen=True)
class InputCapacity:
    """Capacity of one input to show its hidden cause.

    `numbers` limits the numbers of a cause that holds for the whole sample; `steps` the steps over
    which a cause can change (0: it cannot), and `step_numbers` the numbers per step; `levels` are
    the distinct values of a number (0: any).
    """

    name: str = ""
    title: str = ""
    numbers: int = 64
    steps: int = 0
    step_numbers: int = 0
    levels: int = 0


@dataclass(frozen=True)
class CauseLayout:
    """Target of drawn causes: a capacity for each input, and the classes of each head.

    A binary head has 2 classes, a head of real values 0.
    """

    capacities: tuple[InputCapacity, ...]
    classes: tuple[int, ...]

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return len(self.capacities)


@dataclass(frozen=True)
class LatentSample:
    """Hidden causes of each input and the latent score (N,); a label 1 of 2 is score > 0.

    A cause is (N, numbers), or (N, steps, numbers) where it changes over the steps of a sequence. A
    continuous score is symmetric about zero, so that two classes are balanced. `absent` (N, inputs)
    is true where an input is missing, `None` where none ever is.
    """

    plan: CauseLayout
    causes: tuple[Floats, ...]
    score: Floats
    absent: Array | None = None


@dataclass(frozen=True)
class Observation:
    """Noisy causes by input, `None` for an input that is not observed."""

    plan: CauseLayout
    views: tuple[Floats | None, ...]

    @property
    def samples(self) -> int:
        """Number of rows."""
        return next((len(view) for view in self.views if view is not None), 1)

    @property
    def seen(self) -> tuple[int, ...]:
        """Indices of the observed inputs."""
        return tuple(index for index, view in enumerate(self.views) if view is not None)

    def only(self, places: Sequence[int]) -> Observation:
        """Return the same sample with all other inputs hidden."""
        views = (view if index in places else None for index, view in enumerate(self.views))
        return Observation(self.plan, tuple(views))
