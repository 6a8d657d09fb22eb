"""Modules that children with Keras import before their work.

A server starts the children's host with them, before it imports the rest itself.
"""

from components.base.paths import OURS

PRELOADS = tuple(
    OURS + name
    for name in (
        "components.models.analysis.model_view",
        "components.models.analysis.trials",
        "components.models.imported",
        "components.experiments.training.loop",
        "components.experiments.training.pace",
        "components.experiments.inspection.trained",
        "components.experiments.inspection.xray",
        "components.experiments.queue.child",
        "components.experiments.races.fitted",
        "components.sharing.code.script",
        "components.app.parts.editor.fixes",
    )
)
