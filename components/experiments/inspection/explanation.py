"""Explanations of an inspection: sentences, a text report, and branch widths of a diagram."""

from __future__ import annotations

from collections.abc import Iterator

from components.base.markup import message_html, to_csv
from components.base.text import join_names, plural
from components.experiments.inspection.basis.results import (
    ExplainedMeasure,
    HeadInspection,
    Inspection,
)
from components.experiments.inspection.measures import MEASURES
from components.experiments.inspection.measures.base import InspectionMeasure
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.inspection.measures.shapley_share import ShapleyShare, total_texts
from components.experiments.inspection.missing_rates import RATES, quality_at
from components.models.analysis.additive import inputs_of
from components.models.architecture.architecture import Architecture
from components.models.drawing.branch_weights import BranchWeights
from components.models.drawing.html_table import html_table
from components.models.language.graph import Graph

SHARES = (
    "The bars add up from chance to what this model reaches; for a metric other than accuracy and "
    "R², they start without any input. A bar for no input is what the model reaches without any, "
    "above or below chance. What needs several inputs is shared fairly among them. The hatched bar "
    "beside them is what the inputs reach together beyond the sum of what each adds alone. Below "
    "0, they reach less than that sum: they repeat each other, or accuracy can't rise further. "
    "Nothing here is about other models."
)
"""Caption of the chart of shares."""
HEAD = ("Measure", "Value", "It says", "It does not say")
"""Headings of the table of a head."""
WIDTH = 16
"""Width of a column with numbers of the inputs, in characters."""


def measures_of(head: HeadInspection) -> list[type[InspectionMeasure]]:
    """Return the measures that apply to a head, in their order."""
    return [measure for _, measure in MEASURES.items() if measure.of(head)]


def explain_head(head: HeadInspection) -> tuple[ExplainedMeasure, ...]:
    """Explain all measures of a head."""
    return tuple(
        ExplainedMeasure(one.title, _values(one, head), one.says(head), one.limit)
        for one in measures_of(head)
    )


def _values(measure: type[InspectionMeasure], head: HeadInspection) -> str:
    texts = map(measure.text, measure.of(head))
    if not measure.of_inputs:
        return next(texts)
    named = zip(head.inputs, texts, strict=True)
    return ", ".join(f"`{name}` {text}" for name, text in named)


def text_report(inspection: Inspection) -> str:
    """Return a report with the numbers of each head, followed by the meaning of the measures."""
    kind = "validation" if inspection.validated else "training"
    lines = [
        f"Measured on {plural(inspection.samples, f'{kind} sample')}. {unknown(inspection)}",
    ]
    meanings = {"±": "the standard error over the samples that are measured"}
    for name, head in inspection.heads.items():
        lines += ["", *_head_lines(name, head)]
        rates = [(rate, quality_at(head, inspection.filled, rate)) for rate in RATES[::2]]
        texts = [f"{100 * rate:g} % {at:.3f}" for rate, at in rates if at is not None]
        if texts:
            lines.append(f"  {head.quality_name} at a rate of missing inputs: {', '.join(texts)}")
        meanings |= {measure.title: measure.means for measure in measures_of(head)}
    return "\n".join([*lines, "", *(f"{name}: {text}." for name, text in meanings.items())])


def unknown(inspection: Inspection) -> str:
    """Explain how unknown inputs are replaced."""
    average = f"the predictions with its values from {plural(inspection.background, 'sample')}"
    if not inspection.filled:
        return f"For an input that is not known, {average} are averaged."
    filled = (
        f"Where {join_names([f'`{name}`' for name in inspection.filled], last='or')} is not known, "
        "it is missing, with the same filling as in training."
    )
    others = "" if inspection.filled == inspection.inputs else " For another input, "
    return f"{filled}{others and f'{others}{average} are averaged.'}"


def gate_texts(inspection: Inspection, architecture: Architecture) -> list[str]:
    """Return the meaning of gate values 0 and 1, a sentence for each merge with gates."""
    gated = {readout.part for readout in inspection.readouts if readout.kind == "gate"}
    merges = [merge for merge in architecture.merges if merge.name in gated and merge.gate_text]
    if len(merges) == 1:
        return [merges[0].gate_text]
    return [f"`{merge.name}`: {merge.gate_text}" for merge in merges]


def _head_lines(name: str, head: HeadInspection) -> Iterator[str]:
    yield f"{name}: {head.quality_name} {head.quality:.3f}, without any input {head.nothing:.3f}"
    measures = measures_of(head)
    columns = [measure for measure in measures if measure.of_inputs]
    yield f"  {'input':<20}" + "".join(f"{measure.title:>{WIDTH}}" for measure in columns)
    for index, input in enumerate(head.inputs):
        texts = (measure.text(measure.of(head)[index]) for measure in columns)
        yield f"  {input[:19]:<20}" + "".join(f"{text:>{WIDTH}}" for text in texts)
    others = (measure for measure in measures if not measure.of_inputs)
    yield "".join(f"  {measure.title} {_values(measure, head)}" for measure in others)


def measures_table(head: HeadInspection, cell_style: str = "", limits: bool = True) -> str:
    """Return the measures of a head as an HTML table, with a column of `limits` or without.

    `cell_style` is the CSS of each cell.
    """
    columns = len(HEAD) if limits else len(HEAD) - 1
    rows = [
        (one.title, *map(message_html, (one.values, one.meaning, one.limit)))[:columns]
        for one in explain_head(head)
    ]
    table = html_table(rows, HEAD[:columns], row_heads=True, cell_style=cell_style)
    return f'<div class="measures">{table}</div>'


def measures_csv(inspection: Inspection) -> str:
    """Return the numbers of all heads as CSV, one in each row."""
    return to_csv(measure_rows(inspection))


def measure_rows(inspection: Inspection) -> list[tuple[object, ...]]:
    """Return the numbers of all heads, one in each row, below a row of headings."""
    rows: list[tuple[object, ...]] = [("head", "measure", "input", "value", "standard error")]
    for name, head in inspection.heads.items():
        rows.append((name, "quality", "", head.quality, ""))
        rows.append((name, "without any input", "", head.nothing, ""))
        rows += [(name, *row) for row in measured_rows(head)]
        rows += [(name, "coalition", " + ".join(c.inputs), c.value, "") for c in head.coalitions]
    return rows


def measured_rows(head: HeadInspection) -> list[tuple[object, ...]]:
    """Return a row for each number of a head: measure, input, value and standard error."""
    return [
        (measure.title, name, number.value, number.error or "")
        for measure in measures_of(head)
        for name, number in zip(
            head.inputs if measure.of_inputs else ("",), measure.of(head), strict=True
        )
    ]


def branch_weights(graph: Graph, name: str, head: HeadInspection) -> BranchWeights:
    """Return the branch weights of a head. Branches that read the same data both have its share."""
    shares = dict(zip(head.inputs, ShapleyShare.values(head), strict=True))
    (together,) = Cooperation.values(head)
    read = inputs_of(graph, name)
    branches = tuple(
        (group.id, shares[source])
        for group in graph.groups
        if group.role == "branch"
        for source in inputs_of(graph, graph.members(group.id)[-1].id) & read
    )
    meeting = _meeting(graph, name, read) if len(read) > 1 else ""
    return BranchWeights(graph[name].group, head.quality_name, branches, together, meeting)


def widest_branch(head: HeadInspection) -> str:
    """Return sentences about the input with the widest branch in the weighted diagram."""
    shares = zip(head.inputs, ShapleyShare.values(head), strict=True)
    name, share = max(shares, key=lambda one: abs(one[1]))
    above, sum_of_all = total_texts(head, share, 2)
    return f"`{name}` has the widest branch: {share:z.2f}{above}. {sum_of_all}"


def _meeting(graph: Graph, head: str, read: frozenset[str]) -> str:
    """Return the first merge that is connected to all inputs of a head; empty if there is none."""
    for node in graph.nodes:
        if graph.group(node.group).role == "merge" and inputs_of(graph, node.id) >= read:
            return node.group
    return ""
