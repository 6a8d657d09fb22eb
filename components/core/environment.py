"""Settings from environment variables."""

from __future__ import annotations

import os

from components.core.errors import RunError


def whole_number(variable: str, default: int, unit: str, least: int = 1) -> int:
    """The value of a variable, or the default where it is not set.

    Raises `RunError` if the value is no whole number, or below `least`.
    """
    value = os.environ.get(variable, str(default))
    if not (value.isascii() and value.isdigit()) or int(value) < least:
        raise RunError(
            f"{variable} must be a whole number of {unit}, {least} or more.",
            value,
            f"Set it to a number such as `{default}`, or remove it from the environment.",
        )
    return int(value)
