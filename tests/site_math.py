"""Formulas of the site: a ```math block in LaTeX becomes MathML, so no script draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latex2mathml.converter import convert


def mathml(
    source: str, language: str, css_class: str, options: Mapping[str, Any], md: Any, **_: Any
) -> str:
    """Return a block of MathML. The signature is that of a pymdownx.superfences fence."""
    return f'<div class="{css_class}" tabindex="0">{convert(source, display="block")}</div>'
