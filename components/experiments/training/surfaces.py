"""Decision surface over two single-number inputs, updated while a model trains."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from components.experiments.training.events import LEVELS, Plane, Surface
from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from components.models.inputs.base import presence

Arrays = Mapping[str, npt.NDArray[Any]]
Predict = Callable[[Arrays], Mapping[str, npt.NDArray[Any]]]

SIZES = (48, 32, 24, 16)
"""Grid points along each side: the first that takes at most `DRAW_SECONDS`, or else the last."""
DRAW_SECONDS = 0.2
INTERVAL = 0.3
"""Minimum seconds between two surfaces."""
SHARE = 0.03
"""Maximum share of the training time spent on drawing."""
MARGIN = 0.05
"""Margin around the data on each side, as a share of its range."""
HEADS = 3
"""Maximum number of heads that are drawn."""


def is_plane(architecture: Architecture) -> bool:
    """Return `True` if the model has two inputs of one number each, and a head to draw."""
    numbers = [input.shape == (1,) and not input.cardinality for input in architecture.data_inputs]
    return numbers == [True, True] and bool(_drawn(architecture))


class SurfaceDrawer:
    """Computes surfaces over the range of the data and passes them to `send`.

    `predict` returns the outputs for (N, 1) numbers of each input.
    """

    def __init__(
        self,
        architecture: Architecture,
        inputs: Arrays,
        predict: Predict,
        send: Callable[[Surface], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._x, self._y = (input.name for input in architecture.data_inputs)
        self._ranges = {name: axis_range(inputs[name]) for name in (self._x, self._y)}
        self._presences = [*map(presence, architecture.may_be_missing)]
        self._heads = _drawn(architecture)
        self._predict, self._send, self._clock = predict, send, clock
        self._size = 0
        self._next_time = 0.0

    def draw_if_due(self, epoch: float) -> None:
        """Draw the surface after this number of epochs, if the next one is due."""
        if self._clock() >= self._next_time:
            self.draw(epoch)

    def draw(self, epoch: float) -> None:
        """Draw the surface now, unless a prediction is not a finite number."""
        self._size = self._size or self._affordable_size()
        start_time = self._clock()
        outputs = self._predict(self._grid(self._size))
        values = {head.name: _values(head, outputs[head.name]) for head in self._heads}
        if all(np.isfinite(value).all() for value in values.values()):
            self._send(self._surface(epoch, values))
        ended = self._clock()
        self._next_time = ended + max(INTERVAL, (ended - start_time) / SHARE)

    def _surface(self, epoch: float, values: Mapping[str, npt.NDArray[Any]]) -> Surface:
        square = (self._size, self._size)
        return Surface(
            epoch=round(epoch, 2),
            x=self._x,
            y=self._y,
            x_range=self._ranges[self._x],
            y_range=self._ranges[self._y],
            heads={
                head.name: Plane.of(head.target, values[head.name].reshape(square))
                for head in self._heads
            },
        )

    def _affordable_size(self) -> int:
        """Return the grid size, chosen by the time for the smallest one, once compiled."""
        least = SIZES[-1]
        self._predict(self._grid(least))
        start_time = self._clock()
        self._predict(self._grid(least))
        seconds_per_point = (self._clock() - start_time) / least**2
        return next((size for size in SIZES if size**2 * seconds_per_point <= DRAW_SECONDS), least)

    def _grid(self, size: int) -> Arrays:
        x, y = (np.linspace(*self._ranges[name], size) for name in (self._x, self._y))
        across, up = np.meshgrid(x, y)
        return {
            **{name: np.ones((size * size, 1), np.float32) for name in self._presences},
            self._x: across.reshape(-1, 1).astype(np.float32),
            self._y: up.reshape(-1, 1).astype(np.float32),
        }


def axis_range(array: npt.ArrayLike) -> tuple[float, float]:
    """Return the ends of an axis that shows all values, with a margin."""
    array = np.asarray(array)
    low, high = float(array.min()), float(array.max())
    margin = MARGIN * (high - low) or 0.5
    return round(low - margin, 4), round(high + margin, 4)


def _drawn(architecture: Architecture) -> list[Head]:
    """Return the first few heads, without those of more classes than a byte can encode."""
    few = [one for one in architecture.heads if one.target != "classes" or one.width <= LEVELS + 1]
    return few[:HEADS]


def _values(head: Head, output: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Reduce (N, width) to (N,): probability of 1, most likely class, or first value."""
    return output.argmax(axis=1) if head.target == "classes" else output[:, 0]
