"""The modules that children import to train. A server starts their host before it has the rest."""

TRAINING = (
    "components.runs.child",
    "components.training.loop",
    "components.inspection.trained",
    "components.inspection.xray",
)
