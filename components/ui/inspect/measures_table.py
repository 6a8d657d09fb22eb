"""All measures of a head in a table, each with what it says here and what it does not say."""

from __future__ import annotations

from components.core.markup import to_csv
from components.inspection.explanation import explain_head, quality_name
from components.inspection.refit_text import explain_refit
from components.inspection.results import HeadInspection, HeadRefit, Inspection
from components.render.html_table import html_table
from components.ui.kit import html_parts

HEAD = ("Measure", "Value", "It says", "It does not say")


def measures_table(head: HeadInspection, refit: HeadRefit | None = None) -> str:
    """The table as HTML."""
    explained = [*explain_head(head)]
    if refit is not None:
        explained.append(explain_refit(refit, quality_name(head)))
    rows = [
        (one.title, *map(html_parts.coded, (one.values, one.meaning, one.limit)))
        for one in explained
    ]
    return f'<div class="measures">{html_table(rows, HEAD, row_heads=True)}</div>'


def measures_csv(inspection: Inspection) -> str:
    """The numbers of all heads, one a row."""
    rows: list[tuple[object, ...]] = [("head", "measure", "input", "value", "standard error")]
    for name, head in inspection.heads.items():
        rows += [(name, *row) for row in _numbers(head)]
        refits = inspection.refit.heads[name].inputs if inspection.refit else ()
        rows += [(name, "lost if retrained without", one.name, one.loss, "") for one in refits]
    return to_csv(rows)


def _numbers(head: HeadInspection) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        ("quality", "", head.quality, ""),
        ("without any input", "", head.nothing, ""),
    ]
    for share in head.inputs:
        rows += [
            ("Shapley share", share.name, share.shapley, share.shapley_error),
            ("permutation", share.name, share.permutation, share.permutation_error),
            ("alone", share.name, share.alone, ""),
        ]
    rows += [
        ("cooperation", "", head.cooperation, head.cooperation_error),
        ("EMAP gap", "", head.emap_gap, head.emap_gap_error),
    ]
    rows += [(f"interaction share of {of}", "", v, "") for of, v in head.interaction.items()]
    rows += [("coalition", " + ".join(c.inputs), c.value, "") for c in head.coalitions]
    return rows
