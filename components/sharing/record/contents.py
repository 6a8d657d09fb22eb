"""Contents of a design record, section by section."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import distributions
from itertools import chain

from components.base import clock
from components.base.errors import LinkError
from components.base.paths import version
from components.base.text import byte_size, join_names, plural, quoted
from components.experiments.inspection.basis.results import HeadInspection
from components.experiments.inspection.explanation import branch_weights, explain_head, measures_of
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.kinds.without import (
    LIMIT,
    loss_heading,
    loss_text,
    losses,
    problems,
)
from components.experiments.races.tables import readable_rows
from components.experiments.races.text import how_to_read, notes, verdict
from components.experiments.training.events import HeadReport
from components.experiments.training.reports import CEILING_METRICS
from components.experiments.verdicts.figures import figures_of
from components.experiments.verdicts.verdict import verdicts
from components.models.analysis.model_view import ModelView, built_view
from components.models.architecture.architecture import Architecture
from components.models.architecture.costs import NOMINAL_LENGTH, Cost, Costs
from components.models.drawing import blocks, formatting
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import DiagramOptions, automatic_level
from components.models.imported import ImportedModel
from components.models.language.graph import Graph
from components.sharing.code.script import script
from components.sharing.formats.base import TOTAL, TextTable
from components.sharing.links.link import share
from components.sharing.record.author import CALLS, AuthorNotes, budget_rows
from components.sharing.record.forms.base import (
    Block,
    Code,
    Formula,
    ModelPicture,
    Paragraph,
    Reasons,
    Record,
    Section,
)
from components.sharing.record.subject import RecordSubject
from sample_data.ceilings import Ceilings, ceilings
from sample_data.loading.sources import about
from sample_data.loading.synthetic import DataSpec

PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "numpy")
"""Packages whose versions a record names."""
COUNTED = "Parameters, FLOPs and memory are counted from the layers, not measured on a device."
MOST_NAMED = 8
"""Number of unknown layers that are named."""
NO_NOTES = AuthorNotes()
Blocks = Iterator[Block]


def record_of(
    subject: RecordSubject, author: AuthorNotes = NO_NOTES, latency: float | None = None
) -> Record:
    """Return the record of a subject. `latency` is in milliseconds, `None` if it was not measured.

    Raises `ShapeError` if the model can't be built, and `DataError` if its inputs can't show the
    relation of its data.
    """
    view, options = built_view(subject.architecture), _look(subject.architecture)
    titles = {group.id: group.title for group in emphasised(view.graph, options).groups}
    sections = {
        "Model": _model(subject, view, titles),
        "Budget": _budget(view.costs.total, author, latency),
        "Decision": _decision(subject, author, titles),
        "Alternatives": chain.from_iterable(map(_race, subject.races)),
        "Contribution of each input": _contributions(subject, view),
        "Data and results": _results(subject),
        "How to repeat it": _repeat(subject, view),
        "Limits of this record": map(Paragraph, _limits(subject, view, latency)),
    }
    return _record(subject.architecture.name, author, sections)


def record_of_file(model: ImportedModel, author: AuthorNotes = NO_NOTES) -> Record:
    """Return the record of a Keras model that was read from a file."""
    graph, costs = model.graph, model.costs
    titles = {group.id: group.title for group in graph.groups}
    kinds = {group.id: group.role.capitalize() for group in graph.groups}
    picture = ModelPicture(graph, DiagramOptions(level=automatic_level(graph)))
    written = f"The model was read from a file that Keras {model.keras} wrote."
    sections: dict[str, Iterable[Block]] = {
        "Model": (picture, _parts_table(kinds, graph, costs, titles)),
        "Budget": _budget(costs.total, author, None),
        "Decision": _reasons(author),
        "How to repeat it": (Paragraph(written), Paragraph(_versions())),
        "Limits of this record": map(Paragraph, _limits_of_file(model)),
    }
    return _record(model.name, author, sections)


def _record(name: str, author: AuthorNotes, sections: Mapping[str, Iterable[Block]]) -> Record:
    """Return a record without its empty sections."""
    written = (Section(title, tuple(parts)) for title, parts in sections.items())
    filled = tuple(section for section in written if section.blocks)
    by = f" by {author.author}" if author.author else ""
    with_ = f"with Fusion Playground {version()}"
    return Record(
        f"Design record of {name}",
        f"Written on {clock.utc_now():%Y-%m-%d}{by} {with_}.",
        filled,
    )


def _look(architecture: Architecture) -> DiagramOptions:
    return DiagramOptions(marks=architecture.marks)


def _model(subject: RecordSubject, view: ModelView, titles: Mapping[str, str]) -> Blocks:
    if run := subject.run:
        begun = f"Run `{run.id}` ({run.name}) was started on {run.created:%Y-%m-%d}"
        yield Paragraph(f"{begun}. Its state is {run.status}.")
    architecture = subject.architecture
    yield ModelPicture(view.graph, _look(architecture))
    kinds = {branch.name: branch.encoder.title for branch in architecture.inputs}
    kinds |= {merge.name: merge.title for merge in architecture.merges}
    kinds |= {head.name: head.title for head in architecture.heads}
    yield _parts_table(kinds, view.graph, view.costs, titles)


def _parts_table(
    kinds: Mapping[str, str], graph: Graph, costs: Costs, titles: Mapping[str, str]
) -> TextTable:
    """Return a table with a row for each branch, merge, trunk and head, and one for the total."""
    whole, total = blocks.block_graph(graph), costs.total
    rows: list[tuple[str | int | float, ...]] = []
    for node in whole.nodes:
        cost = costs.groups[node.id]
        kind = kinds.get(node.id, "Trunk")
        layers = formatting.layer_list(blocks.layer_counts(node)) or "no layers"
        reads = ", ".join(titles[source] for source in node.sources)
        if not node.sources:
            reads = ", ".join(map(formatting.shape, blocks.input_shapes(node)))
        rows.append(
            (
                titles[node.id],
                reads,
                kind if layers == kind else f"{kind}: {layers}",
                formatting.shape(node.shape),
                cost.parameters,
                _flops(cost),
                byte_size(cost.activation_bytes),
                cost.parameters / total.parameters if total.parameters else 0.0,
            )
        )
    memory, share = byte_size(total.activation_bytes), 1.0 if total.parameters else 0.0
    return TextTable(
        "Parts of the model for one sample; shares are of the parameters",
        ("Part", "Reads", "Layers", "Width", "Parameters", "FLOPs", "Activations", "Share"),
        (*rows, (TOTAL, "", "", "", total.parameters, _flops(total), memory, share)),
    )


def _flops(cost: Cost) -> int | str:
    return cost.flops_text(exact=True) if cost.uncounted else cost.flops


def _budget(total: Cost, author: AuthorNotes, latency: float | None) -> Blocks:
    rows = tuple(budget_rows(total, author, latency))
    failed = [title for title, _, _, verdict in rows if verdict == "fail"]
    if failed:
        yield Paragraph(f"Above its limit: {join_names(failed)}.")
    elif unknown := [title for title, _, _, verdict in rows if verdict == "unknown"]:
        yield Paragraph(f"Unknown, because not every layer is counted: {join_names(unknown)}.")
    elif any(verdict == "pass" for *_, verdict in rows):
        yield Paragraph("The model keeps all limits of its author.")
    else:
        yield Paragraph("The author set no limit.")
    yield TextTable("Figures and limits", ("Figure", "Value", "Limit", "Verdict"), rows)


def _decision(subject: RecordSubject, author: AuthorNotes, titles: Mapping[str, str]) -> Blocks:
    merges = [merge for _, merge in subject.architecture.ordered_merges()]
    yield from _reasons(author)
    for merge in merges:
        sources = [titles[source] for source in merge.sources]
        joined = f"`{titles[merge.name]}` joins {quoted(sources)} by {merge.title}."
        yield Paragraph(f"{joined} {merge.plain}")
        yield Formula(merge.formula)
        yield Paragraph(f"Good for {merge.good_for}. Weak at {merge.weak_at}.")
    if merges:
        yield Formula(r"h_m \text{ is source } m, \quad M \text{ is the number of sources}")
    else:
        yield Paragraph("The model merges nothing.")


def _reasons(author: AuthorNotes) -> Blocks:
    if author.why.strip():
        yield from (Paragraph("Reasons of the author:"), Reasons(author.why))


def _race(result: RaceResult) -> Blocks:
    for on_dataset in result.tables:
        heading, *rows = readable_rows(result, on_dataset)
        titles = ("Rank", *(title[:1].upper() + title[1:] for title in heading[1:]))
        yield Paragraph(verdict(result, on_dataset))
        yield TextTable(f"Race on {on_dataset.title}", titles, tuple(map(tuple, rows)))
    ranks = "" if result.setup.against_first else "Ranks with `=` are tied. "
    yield Paragraph(f"{ranks}{how_to_read(result)}")


def _contributions(subject: RecordSubject, view: ModelView) -> Blocks:
    if inspection := subject.inspection:
        kind = "validation" if inspection.validated else "training"
        yield Paragraph(
            f"Measured on {plural(inspection.samples, f'{kind} sample')}. Inputs that are not "
            f"known are taken from {plural(inspection.background, 'sample')}."
        )
        for name, head in inspection.heads.items():
            weights = branch_weights(view.graph, name, head)
            look = replace(_look(subject.architecture), level="blocks", weights=weights)
            yield ModelPicture(view.graph, look)
            yield _measures_table(name, head)
            yield from (
                Paragraph(f"{one.title}. {one.meaning} {_limit_text(one.limit)}")
                for one in explain_head(head)
            )
    for result in subject.refits:
        yield from _refit(result)


def _measures_table(name: str, head: HeadInspection) -> TextTable:
    """Return a table with a row for each input and the result of each measure."""
    measures = [measure for measure in measures_of(head) if measure.of_inputs]
    rows = tuple(
        (input, *(measure.text(measure.of(head)[index]) for measure in measures))
        for index, input in enumerate(head.inputs)
    )
    titles = ("Input", *(measure.title for measure in measures))
    reached = f"{head.quality_name} {head.quality:.3f}, without any input {head.nothing:.3f}"
    return TextTable(f"{name}: {reached}", titles, rows)


def _refit(result: RaceResult) -> Blocks:
    """Yield the loss of models that were trained without an input."""
    on_dataset, race, text = result.tables[0], result.setup, result.measure.text
    yield Paragraph(verdict(result, on_dataset))
    yield from map(Paragraph, problems(on_dataset))
    rows = tuple(
        (one.input, text(one.row.mean), loss_text(one, race), str(len(one.seeds)))
        for one in losses(race, on_dataset)
    )
    title = f"{result.head}: trained again without each input"
    yield TextTable(title, loss_heading(race), rows)
    yield Paragraph(_limit_text(LIMIT))


def _limit_text(limit: str) -> str:
    return f"It does not say {limit[0].lower()}{limit[1:]}"


def _results(subject: RecordSubject) -> Blocks:
    data, report, known = subject.data, subject.report, dict[str, Ceilings]()
    if data is None:
        return
    facts = about(data)
    parts = [facts.title, facts.source, facts.licence and f"Licence {facts.licence}", *facts.notes]
    yield Paragraph(" ".join(f"{part.rstrip('.')}." for part in parts if part))
    if isinstance(data, DataSpec):
        yield Formula(data.relation.formula)
        known = ceilings(subject.whole or subject.architecture, data)
    if report is not None:
        yield Paragraph(f"Measured after epoch {report.epoch:,}, on {report.measured_on}.")
    if subject.run is not None and subject.run.ended:
        figures = figures_of(
            subject.run.request,
            subject.points,
            report,
            known,
            facts.classes,
            ended=True,
            message=subject.run.message,
            inspection=subject.inspection,
        )
        if sentences := " ".join(one.text for one in verdicts(figures)):
            yield Paragraph(f"Verdict: {sentences}")
    heads = report.heads if report else {}
    for head in subject.architecture.heads:
        rows = reached_rows(heads.get(head.name), known.get(head.name))
        if rows:
            yield TextTable(f"{head.name}: reached, and ceilings", ("Figure", "Value"), rows)


def reached_rows(head: HeadReport | None, known: Ceilings | None) -> tuple[tuple[str, str], ...]:
    """Return the results of a head, and the ceilings of its data, as the pages show them."""
    measures = head.measures if head else {}
    rows = [(f"Reached {key.replace('_', ' ')}", f"{value:.4f}") for key, value in measures.items()]
    if known is not None:
        measure = CEILING_METRICS[known.measure].replace("_", " ")
        levels = {"by chance": known.chance}
        levels |= {f"with {name} alone": one for name, one in known.single.items()}
        levels |= {"of an additive model": known.additive, "of any model": known.bayes}
        rows += [(f"Best {measure} {title}", f"{one.value:.3f}") for title, one in levels.items()]
    return tuple(rows)


def _repeat(subject: RecordSubject, view: ModelView) -> Blocks:
    chosen, data = subject.settings, subject.data
    if chosen is not None:
        own = f" and {data.seed} of the data" if data and not isinstance(data, str) else ""
        yield Paragraph(f"The seeds are {chosen.seed} of the training{own}.")
    yield Paragraph(_versions())
    try:
        token = share(subject.architecture, data, chosen)  # type: ignore[arg-type]
        yield Paragraph("To open it, add `/?m=` and this text to the address of a playground:")
        yield Code(token)
    except LinkError as error:
        yield Paragraph(f"There is no link to it. {error.rule}")
    yield Paragraph("The script in plain Keras:")
    code = script(subject.architecture, chosen, data, view.graph, subject.whole)
    yield Code(code.text, "python")


def _versions() -> str:
    """Return the sentence with the versions with which a record is written."""
    installed = {one.name.replace("_", "-"): one.version for one in distributions()}
    versions = [f"{name} {installed[name]}" for name in PACKAGES if name in installed]
    python = f"Python {platform.python_version()}"
    return f"This record was written with {join_names([python, *versions])}."


def _limits_of_file(model: ImportedModel) -> Iterator[str]:
    """Yield the limits of the figures of a model's file, a sentence or two each."""
    yield COUNTED
    if model.costs.estimated:
        yield f"Of sequences of any length, {NOMINAL_LENGTH} steps are counted."
    if unknown := model.unknown:
        names = join_names([node.keras_name for node in unknown], MOST_NAMED)
        layers = plural(len(unknown), "layer")
        yield f"Not everything is known of {layers}: {names}. What is unknown is not counted."
    yield "The model was not run: nothing here says how fast it is, or how well it predicts."


def _limits(subject: RecordSubject, view: ModelView, latency: float | None) -> Iterator[str]:
    """Yield the limits of the figures of the record, a sentence or two each."""
    yield COUNTED
    if view.costs.estimated:
        yield f"Of sequences of any length, {NOMINAL_LENGTH} steps are counted."
    if latency is None:
        yield "The latency was not measured."
    else:
        device = f"{platform.system()} on {platform.machine()} with {os.cpu_count()} cores"
        yield (
            f"The latency is the median of {CALLS} predictions of one sample on {device}. Other "
            "machines differ."
        )
    if subject.report is None:
        yield "No trained model was measured, so nothing here says how well it predicts."
    if subject.run is not None:
        yield from _limits_of_run(subject)


def _limits_of_run(subject: RecordSubject) -> Iterator[str]:
    if report := subject.report:
        yield (
            f"The results are of one training with one seed, on {report.measured_on}. Another seed "
            "gives other numbers, and float16 or int8 weights may be less accurate."
        )
        if not report.validated:
            yield "The model was trained on the samples that it is measured on."
    if not isinstance(subject.data, DataSpec):
        yield "No ceilings are known for this data, so a much better model may be possible."
    if not subject.races:
        yield "No race with other merges belongs to this run, so another merge may do better."
    yield from (note for race in subject.races for note in notes(race))
    if subject.inspection is None:
        yield "The model was not inspected, so what each input contributes is unknown."
    elif not subject.refits:
        yield "The contributions are of this model; it was not trained again without an input."
    yield "The versions are those that wrote this record; the training may have had others."
