"""The modules that children import to train. A server starts their host before it has the rest."""

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
