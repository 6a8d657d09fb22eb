"""Modules that build workers import; listed here, because workers start before the pages."""

from components.base.paths import OURS

MODULES = tuple(
    OURS + name
    for name in (
        "components.models.analysis.model_view",
        "components.models.analysis.trials",
        "components.sharing.code.script",
        "components.experiments.inspection.trained",
        "components.models.imported",
        "components.experiments.races.fitted",
        "components.experiments.training.pace",
        "components.app.parts.editor.fixes",
    )
)
