"""Modules that build workers import; listed here, because workers start before the pages."""

from components.core.paths import OURS

MODULES = tuple(
    OURS + name
    for name in (
        "components.analysis.model_view",
        "components.analysis.trials",
        "components.export.script",
        "components.inspection.trained",
        "components.keras_json",
        "components.race.fitted",
        "components.training.pace",
        "components.ui.editor.fixes",
    )
)
