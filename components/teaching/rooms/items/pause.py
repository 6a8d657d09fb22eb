"""Time in which the teacher talks, or nothing happens."""

from __future__ import annotations

from components.teaching.rooms.items.base import PlanItem


class PauseItem(PlanItem):
    """Time in which the teacher talks, or nothing happens."""
