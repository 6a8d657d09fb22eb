"""Symbolic tensors as strategies see them, and the masks of their steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from components.core.graph import Hidden


class Tensor(Protocol):
    """A symbolic tensor of Keras, with the batch as its first axis."""

    @property
    def shape(self) -> tuple[Any, ...]: ...


class Ops(Protocol):
    """`keras.ops`, whose functions are recorded."""

    def __getattr__(self, function: str) -> Callable[..., Tensor]: ...


@dataclass
class _Mask:
    """A mask that is made when it is first asked for, in the group of what it masks."""

    group: str
    make: Callable[[], Tensor]
    steps: Tensor | None = None
    column: Tensor | None = None


class Masks(ABC):
    """Which steps of which tensors hold data.

    Masks are explicit: `mask(x)` is a (batch, steps) tensor, true where `x` holds data, or `None`
    where all of it does. Code that makes `y` from `x` step by step calls `copy_mask(y, x)`.
    """

    ops: Ops

    def __init__(self) -> None:
        self._masks: dict[int, _Mask] = {}

    @property
    @abstractmethod
    def group(self) -> str:
        """The group that the next layers belong to."""

    @abstractmethod
    def annotate(
        self, *, reason: str = "", hidden: Hidden = "", group: str = ""
    ) -> AbstractContextManager[None]:
        """Notes on the layers that are made in the block."""

    def set_mask(self, x: Tensor, make: Callable[[], Tensor]) -> Tensor:
        """`x`, whose mask `make` writes when it is first asked for."""
        self._masks[id(x)] = _Mask(self.group, make)
        return x

    def copy_mask(self, y: Tensor, x: Tensor) -> Tensor:
        """`y`, with the mask of `x`."""
        if id(x) in self._masks:
            self._masks[id(y)] = self._masks[id(x)]
        return y

    def has_mask(self, x: Tensor) -> bool:
        """Whether some steps of `x` may hold no data."""
        return id(x) in self._masks

    def mask(self, x: Tensor) -> Tensor | None:
        """(batch, steps), true where a step holds data; `None` if all of them do."""
        mask = self._masks.get(id(x))
        if mask is None:
            return None
        if mask.steps is None:
            with self.annotate(hidden="mask", group=mask.group):
                mask.steps = mask.make()
        return mask.steps

    def mask_column(self, x: Tensor) -> Tensor | None:
        """The mask as (batch, steps, 1), to be multiplied with the features."""
        steps = self.mask(x)
        if steps is None:
            return None
        mask = self._masks[id(x)]
        if mask.column is None:
            with self.annotate(hidden="mask", group=mask.group):
                mask.column = self.ops.expand_dims(steps, -1)
        return mask.column

    def fill_padding(self, x: Tensor, value: float = 0.0) -> Tensor:
        """`x` with `value` at all steps that hold no data."""
        column = self.mask_column(x)
        if column is None:
            return x
        with self.annotate(hidden="bypass"):
            return self.copy_mask(self.ops.where(column, x, value), x)
