"""Symbolic tensors as strategies see them."""

from __future__ import annotations

from typing import Any, Protocol


class Tensor(Protocol):
    """A symbolic tensor of Keras, with the batch as its first axis."""

    @property
    def shape(self) -> tuple[Any, ...]: ...
