"""Packages that the app needs, and that the base install leaves out."""

from __future__ import annotations

from importlib.util import find_spec

from components.base.errors import missing_packages

OF_THE_APP = ("tensorflow", "streamlit", "sqlalchemy")
"""Packages that the base install leaves out, because drawing models does not need them."""


def require_packages() -> None:
    """Raise `ServerError` if a package that the app needs is missing."""
    if missing := [name for name in OF_THE_APP if find_spec(name) is None]:
        raise missing_packages(*missing)
