"""Settings from environment variables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

from components.base.errors import RunError
from components.base.text import join_names

T = TypeVar("T", bound=str)


def choice(variable: str, values: Sequence[T]) -> T:
    """Return the value of a variable, or the first of `values` if it is not set.

    Raises `RunError` if it is none of them.
    """
    value = os.environ.get(variable) or values[0]
    for known in values:
        if value == known:
            return known
    raise RunError(
        f"{variable} can only be {join_names([f'`{known}`' for known in values], last='or')} here.",
        value,
        f"Set it to `{values[0]}`, or remove it from the environment.",
    )
