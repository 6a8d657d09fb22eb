"""Modules that a child imports before it trains.

A server starts the children's host with them, before it imports the rest itself.
"""

from components.base.paths import OURS

TRAINING = tuple(
    OURS + name
    for name in (
        "components.experiments.queue.child",
        "components.experiments.training.loop",
        "components.experiments.inspection.trained",
        "components.experiments.inspection.xray",
    )
)
