"""Contents of a record, with the numbers of the pages' own functions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace

import keras
import pytest

from components.base.paths import ROOT
from components.experiments.inspection.explanation import explain_head, measures_of
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.races.evaluation import evaluate
from components.experiments.races.kinds.pays import race_pays
from components.experiments.races.kinds.without import loss_text, losses
from components.experiments.races.plan import plan_race
from components.experiments.races.tables import readable_rows
from components.experiments.races.text import verdict
from components.experiments.training.requests import RunRequest, Settings
from components.models import imported
from components.models.analysis.model_view import built_view
from components.models.architecture.costs import Cost
from components.models.merges import MERGES
from components.sharing.code.parameters import by_part
from components.sharing.code.script import script, script_of
from components.sharing.formats.base import TextTable
from components.sharing.links.link import LinkContent, parse_link
from components.sharing.record.author import WEIGHT_BYTES, AuthorNotes, budget_rows, measure_latency
from components.sharing.record.contents import reached_rows, record_of, record_of_file
from components.sharing.record.forms.base import (
    Code,
    Formula,
    ModelPicture,
    Paragraph,
    Reasons,
    Record,
)
from components.sharing.record.subject import RecordSubject
from sample_data.ceilings import ceilings
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec, parse_data
from tests.experiments.races.support import outcome, two_vectors

OF_MODEL = ["Model", "Budget", "Decision", "How to repeat it", "Limits of this record"]
OF_RUN = [*OF_MODEL[:3], "Alternatives", "Contribution of each input", "Data and results"]


def text_of(record: Record, title: str) -> str:
    """Return the paragraphs of a section."""
    return "\n".join(one.text for one in blocks(record, title) if isinstance(one, Paragraph))


def blocks(record: Record, title: str) -> tuple[object, ...]:
    return next(section.blocks for section in record.sections if section.title == title)


def tables(record: Record, title: str) -> Iterator[TextTable]:
    return (block for block in blocks(record, title) if isinstance(block, TextTable))


def titles(record: Record) -> list[str]:
    return [section.title for section in record.sections]


@pytest.fixture(scope="module")
def of_run(recorded: RecordSubject) -> Record:
    return record_of(recorded)


@pytest.mark.parametrize("name", ["image_text_relevance", "tickets", "perceiver_fusion"])
def test_the_parts_of_a_model_are_those_of_its_own_tables(name: str) -> None:
    architecture = presets.load(name)
    view = built_view(architecture)
    record = record_of(RecordSubject(architecture))
    assert titles(record) == OF_MODEL
    (parts,) = tables(record, "Model")
    assert [(row[4], row[7]) for row in parts.rows] == [
        row[3:5] for row in by_part(view.graph, view.costs).rows
    ]
    assert parts.rows[-1][4:6] == (view.costs.total.parameters, view.costs.total.flops)
    assert sum(int(row[5]) for row in parts.rows[:-1]) == view.costs.total.flops
    assert any(isinstance(block, ModelPicture) for block in blocks(record, "Model"))


def test_limits_are_kept_or_not() -> None:
    cost = Cost(parameters=1000, flops=50)
    author = AuthorNotes(parameters=1000, size=0.002, flops=49, latency=3)
    verdicts = {title: verdict for title, _, _, verdict in budget_rows(cost, author, 2.5)}
    assert verdicts == {
        "Parameters": "pass",
        "Weights as float32": "fail",
        "Weights as float16": "pass",
        "Weights as int8": "pass",
        "FLOPs per sample": "fail",
        "Latency of one sample": "pass",
    }
    assert {row[3] for row in budget_rows(cost, AuthorNotes(), None)} == {"no limit"}
    assert len(list(budget_rows(cost, author, None))) == 2 + len(WEIGHT_BYTES)


def test_flops_that_leave_out_a_layer_can_only_fail_their_limit() -> None:
    cost = Cost(flops=5000, uncounted=1)

    def row(limit: float | None) -> tuple[str, ...]:
        rows = budget_rows(cost, AuthorNotes(flops=limit), None)
        return next(row[1:] for row in rows if row[0] == "FLOPs per sample")

    text = "at least 5,000, without 1 layer"
    assert row(4000) == (text, "4,000", "fail")
    assert row(6000) == (text, "6,000", "unknown")
    assert row(None) == (text, "–", "no limit")


def test_a_record_of_a_file_says_that_its_flops_leave_out_a_layer() -> None:
    x = keras.Input((6,))
    y = keras.layers.Lambda(lambda t: t * 2, name="code")(x)
    read = imported.read(keras.Model(x, keras.layers.Dense(2)(y)).to_json())
    record = record_of_file(read, AuthorNotes(flops=1e6))
    (parts,) = tables(record, "Model")
    assert parts.rows[-1][5] == "at least 26, without 1 layer"
    assert text_of(record, "Budget") == (
        "Unknown, because not every layer is counted: FLOPs per sample."
    )
    assert "Not everything is known of 1 layer: code." in text_of(record, "Limits of this record")


def test_a_budget_is_a_sentence() -> None:
    subject = RecordSubject(two_vectors())

    def sentence(author: AuthorNotes) -> str:
        return text_of(record_of(subject, author), "Budget")

    assert sentence(AuthorNotes(parameters=1, flops=1e9)) == "Above its limit: Parameters."
    assert sentence(AuthorNotes(flops=1e9)) == "The model keeps all limits of its author."
    assert sentence(AuthorNotes()) == "The author set no limit."


def test_a_latency_is_measured_for_each_form_of_input() -> None:
    for name in presets.names()[:3]:
        assert measure_latency(presets.load(name)) > 0


def test_the_decision_has_the_formula_and_the_reasons() -> None:
    architecture, gated = two_vectors("gated"), MERGES["gated"]
    record = record_of(RecordSubject(architecture), AuthorNotes(why="First.\n\nSecond."))
    text = text_of(record, "Decision")
    assert f"`m` joins `a` and `b` by {gated.title}. {gated.plain}" in text
    assert gated.good_for in text
    assert text.startswith("Reasons of the author:\n`m` joins")
    assert Reasons("First.\n\nSecond.") in blocks(record, "Decision")
    assert Formula(gated.formula) in blocks(record, "Decision")


def test_own_names_stand_in_table_caption_and_decision() -> None:
    marks = [{"part": "a", "name": "Photo"}, {"part": "m", "name": "Late fusion"}]
    architecture = two_vectors("add", marks=marks)
    record = record_of(RecordSubject(architecture))
    (parts,) = tables(record, "Model")
    assert [row[:2] for row in parts.rows[:3]] == [
        ("Photo", "8"),
        ("b", "8"),
        ("Late fusion", "Photo, b"),
    ]
    (drawn,) = (one for one in blocks(record, "Model") if isinstance(one, ModelPicture))
    assert "Late fusion merges Photo and b" in drawn.caption
    assert "Photo" in drawn.alt
    assert "`Late fusion` joins `Photo` and `b`" in text_of(record, "Decision")


@pytest.mark.parametrize(("author", "by"), [("", ""), ("Ada", " by Ada")])
def test_a_record_names_date_author_and_version(author: str, by: str) -> None:
    record = record_of(RecordSubject(two_vectors()), AuthorNotes(author=author))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with_ = re.escape(f"with Fusion Playground {project['version']}.")
    assert re.fullmatch(rf"Written on \d{{4}}-\d\d-\d\d{by} {with_}", record.about)


def test_a_model_without_a_merge_has_a_record() -> None:
    alone = two_vectors(
        inputs=[{"name": "a", "kind": "vector", "features": 2}],
        merges=[],
        heads=[{"name": "y", "kind": "binary", "source": "a"}],
    )
    assert text_of(record_of(RecordSubject(alone)), "Decision") == "The model merges nothing."


def test_link_and_script_are_those_of_the_pages(recorded: RecordSubject, of_run: Record) -> None:
    architecture, data, settings = recorded.architecture, recorded.data, recorded.settings
    token, code = (one for one in blocks(of_run, "How to repeat it") if isinstance(one, Code))
    assert isinstance(data, DataSpec)
    assert settings is not None
    assert parse_link(token.text) == LinkContent(architecture, data, settings)
    request = RunRequest(architecture=architecture, data=data, settings=settings)
    assert code.text == script_of(request).text
    alone = blocks(record_of(RecordSubject(architecture)), "How to repeat it")[-1]
    assert alone == Code(script(architecture).text, "python")
    assert "The seeds are 0 of the training and 0 of the data." in text_of(
        of_run, "How to repeat it"
    )


def test_a_run_has_the_table_and_the_verdict_of_its_race(
    recorded: RecordSubject, of_run: Record
) -> None:
    assert titles(of_run) == [*OF_RUN, *OF_MODEL[3:]]
    (result,) = recorded.races
    (table,) = tables(of_run, "Alternatives")
    assert table.rows == tuple(map(tuple, readable_rows(result, result.tables[0])[1:]))
    assert verdict(result, result.tables[0]) in text_of(of_run, "Alternatives")
    assert [row[:3] for row in table.rows] == [("1", "multiply", "98.0 %"), ("2", "add", "52.0 %")]


def test_a_run_has_its_inspection_and_what_is_lost_without_an_input(
    recorded: RecordSubject, of_run: Record
) -> None:
    assert recorded.inspection is not None
    head, (refit,) = recorded.inspection.heads["y"], recorded.refits
    measured, lost = tables(of_run, "Contribution of each input")
    assert measured.columns[1:] == tuple(m.title for m in measures_of(head) if m.of_inputs)
    place = measured.columns.index(ShapleyShare.title)
    shares = [ShapleyShare.text(number) for number in ShapleyShare.of(head)]
    assert [row[place] for row in measured.rows] == shares
    assert [row[2] for row in lost.rows] == [
        loss_text(one, refit.setup) for one in losses(refit.setup, refit.tables[0])
    ]
    text = text_of(of_run, "Contribution of each input")
    assert verdict(refit, refit.tables[0]) in text
    assert all(one.limit[1:] in text for one in explain_head(head))


def test_ceilings_stand_beside_what_was_reached(recorded: RecordSubject, of_run: Record) -> None:
    assert isinstance(recorded.data, DataSpec)
    assert recorded.report is not None
    (table,) = tables(of_run, "Data and results")
    known = ceilings(recorded.architecture, recorded.data)["y"]
    assert table.rows == reached_rows(recorded.report.heads["y"], known)
    assert ("Reached accuracy", "0.9700") in table.rows
    assert ("Best accuracy of any model", f"{known.bayes.value:.3f}") in table.rows
    assert Formula(recorded.data.relation.formula) in blocks(of_run, "Data and results")


def test_limits_name_what_is_missing(recorded: RecordSubject, of_run: Record) -> None:
    def limits(subject: RecordSubject, latency: float | None = None) -> str:
        return text_of(record_of(subject, latency=latency), "Limits of this record")

    full = text_of(of_run, "Limits of this record")
    assert "one training with one seed, on 500 validation samples" in full
    for words in ("No ceilings", "No race", "not inspected", "not trained again", "No trained"):
        assert words not in full
    assert "The latency was not measured." in full
    assert "The latency is the median of 50 predictions" in limits(recorded, 1.0)
    assert "No ceilings are known" in limits(replace(recorded, data="own data.npz"))
    assert "No race with other merges" in limits(replace(recorded, races=()))
    assert "was not inspected" in limits(replace(recorded, inspection=None))
    assert "was not trained again" in limits(replace(recorded, refits=()))
    assert "No trained model was measured" in limits(RecordSubject(recorded.architecture))


def test_data_in_a_file_has_no_link(recorded: RecordSubject) -> None:
    text = text_of(record_of(replace(recorded, data="own data.npz")), "How to repeat it")
    assert "There is no link to it." in text
    assert "own data.npz" not in text


def test_whether_fusion_pays_is_among_the_alternatives() -> None:
    data = DataSpec(relation=parse_data("additive"), samples=100)
    race = race_pays(two_vectors(), data, Settings(epochs=1), seeds=3)
    plan = plan_race(race)
    known = {
        run.digest: outcome((0.7 if run.entry.kind == "alone" else 0.95) + run.seed / 500)
        for run in plan.runs
    }
    result = evaluate(plan, known)
    record = record_of(RecordSubject(two_vectors(), races=(result,)))
    alternatives = text_of(record, "Alternatives")
    assert "Fusion pays 25.0 ± 0.0 points over the best input alone" in alternatives
    assert "are tied" not in alternatives
    (table,) = tables(record, "Alternatives")
    assert len(table.rows) == len(race.entries)


def test_the_verdict_of_an_ended_run_is_one_line_of_its_results(recorded: RecordSubject) -> None:
    def lines(subject: RecordSubject) -> list[str]:
        text = text_of(record_of(subject), "Data and results")
        return [line for line in text.splitlines() if line.startswith("Verdict: ")]

    assert recorded.run is not None
    (line,) = lines(recorded)
    assert re.search(r"\d %.* on 500 validation samples", line), line
    assert lines(replace(recorded, run=replace(recorded.run, status="running"))) == []
