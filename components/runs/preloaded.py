"""Modules that a child imports before it trains.

A server starts the children's host with them, before it imports the rest itself.
"""

from components.core.paths import OURS

TRAINING = tuple(
    OURS + name
    for name in (
        "components.runs.child",
        "components.training.loop",
        "components.inspection.trained",
        "components.inspection.xray",
    )
)
