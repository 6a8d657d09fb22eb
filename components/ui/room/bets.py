"""How many chose what in a bet, as bars."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from components.core.text import plural
from components.rooms.teacher import LONGEST_CHOICE
from components.ui.widgets import html_parts

_COLOR = "#7C3AED"


def histogram(counts: Mapping[str, int]) -> Markup:
    """A bar for each choice."""
    total = max(1, sum(counts.values()))
    bars = (
        html_parts.share_bar(
            choice, plural(count, "learner"), count / total, _COLOR, LONGEST_CHOICE
        )
        for choice, count in counts.items()
    )
    return Markup('<div class="histogram">') + Markup("").join(bars) + Markup("</div>")
