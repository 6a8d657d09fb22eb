"""The atlas: its figures are reproducible, and it has every strategy."""

import csv as reader
import io
import json
from pathlib import Path

import pytest

from components.base.paths import ROOT
from components.experiments.queue.child import train_in_turn
from components.experiments.races.atlas.__main__ import about, make, name_of_field, opened
from components.experiments.races.atlas.parts import Part, parts
from components.experiments.races.atlas.picture import csv, svg, table
from components.experiments.races.atlas.values import FILE, Atlas, cells_of, load
from components.experiments.races.plan import plan_race, requests
from components.experiments.races.statistics import interval
from components.experiments.training.control import RunControl
from components.experiments.training.events import Epoch, Finished
from components.experiments.training.requests import RunRequest
from components.models.analysis.families import FAMILIES
from components.models.drawing.palette import LIGHT
from components.models.merges import MERGES
from sample_data.loading.synthetic import DataSpec
from tests.experiments.training.support import results_of
from tests.matrix import cases

AGAIN = "run `make atlas`"
ANEW = (("vectors", "late_sum", "xor"), ("vectors", "multiply", "xor"))
"""Cells that are trained again: one at chance, one at the Bayes optimum."""
SEEDS = 1
NEAR = 0.02
"""Tolerated difference of a run's score, caused by the rounding of another processor."""


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    found = load()
    assert found is not None, f"{AGAIN}: there is no atlas that can be read"
    return found


def test_each_strategy_is_included_or_left_out_with_a_reason(atlas: Atlas) -> None:
    """Ignore strategies added after the atlas was made."""
    for section, part in zip(atlas.sections, parts(), strict=True):
        shown = {line.strategy for line in section.lines} - {"mlp"}
        left_out = {item.name: item.why for item in section.strategies_left_out}
        assert shown | set(left_out) <= set(part.kinds or MERGES), AGAIN
        assert all(why.endswith(".") for why in left_out.values())


def test_its_races_are_those_of_the_present_plan(atlas: Atlas) -> None:
    """Ignore strategies and relations added after the atlas was made."""
    for section, part in zip(atlas.sections, parts(), strict=True):
        assert section.name == part.name
        planned = zip(part.race.entries, plan_race(part.race).strategies, strict=True)
        now = {entry.text: one.parameters for entry, one in planned}
        assert {line.entry: line.parameters for line in section.lines}.items() <= now.items(), AGAIN
        assert section.description == part.description, AGAIN
        data = [name_of_field(one) for one in part.data if isinstance(one, DataSpec)]
        assert {field.name for field in section.fields} <= set(data), AGAIN
        assert len(section.cells) == len(section.lines) * len(section.fields)
        assert {len(cell.scores) for cell in section.cells} == {part.race.seeds}


@pytest.mark.parametrize(("name", "strategy", "data"), cases(ANEW, ANEW[1:]))
def test_cells_are_reproducible(atlas: Atlas, name: str, strategy: str, data: str) -> None:
    part = next(part for part in parts() if part.name == name)
    stored = atlas.section(name).on(data)[strategy]
    plan = plan_race(part.race)
    wanted = [
        request
        for run, request in zip(plan.runs, requests(part.race), strict=True)
        if run.entry.kind == strategy
        and isinstance(run.data, DataSpec)
        and name_of_field(run.data) == data
    ]
    assert _trained(wanted[:SEEDS]) == pytest.approx(stored.scores[:SEEDS], abs=NEAR)


def _trained(wanted: list[RunRequest]) -> list[float]:
    results = results_of(train_in_turn, wanted, lambda *_: None, control=RunControl())
    return [result.final["val_y/accuracy"] for result in results]


def test_means_intervals_and_ties_are_those_of_the_scores(atlas: Atlas) -> None:
    for section in atlas.sections:
        for field in section.fields:
            on = section.on(field.name)
            assert cells_of(field.name, {one: on[one].scores for one in on}) == tuple(on.values())
            assert max(on.values(), key=lambda cell: cell.mean).tied
    some = atlas.section("vectors").on("xor")["multiply"]
    assert some.low == pytest.approx(interval(some.scores).low, abs=1e-4)


def test_additions_after_the_atlas_are_listed_as_missing(atlas: Atlas) -> None:
    assert not set(atlas.missing_strategies) & {line.strategy for line in atlas.sections[0].lines}
    older = atlas.model_copy(update={"sections": atlas.sections[2:3]})
    assert "dot" in older.missing_strategies
    assert "xor" in older.missing_relations
    groups = {group.title: group.rows for group in table(atlas, ["euclidean_distance"]).groups}
    assert groups["Comparison"][-1].name == "Euclidean distance (not in the atlas yet)"


def test_rows_are_in_their_family_and_one_mean_of_each_column_is_the_best(atlas: Atlas) -> None:
    shown = table(atlas)
    assert [group.title for group in shown.groups[1:]] == [text.title for text in FAMILIES.values()]
    titles = {merge.title: FAMILIES[merge.family].title for _, merge in MERGES.items()}
    for group in shown.groups[1:]:
        assert {titles.get(row.name, "Join") for row in group.rows} == {group.title}
    for column in range(len(shown.columns)):
        best = {row.cells[column].text for row in shown.rows if row.cells[column].mark == "best"}
        assert len(best) == 1


def test_the_picture_in_the_documents_is_of_these_figures(atlas: Atlas) -> None:
    drawn = (ROOT / "docs" / "atlas.svg").read_text(encoding="utf-8")
    assert drawn == svg(atlas, LIGHT), "run `make generate`"


def test_csv_has_a_row_for_each_cell(atlas: Atlas) -> None:
    rows = list(reader.DictReader(io.StringIO(csv(atlas))))
    assert len(rows) == sum(len(section.cells) for section in atlas.sections)
    row = next(row for row in rows if (row["strategy"], row["data"]) == ("multiply", "xor"))
    assert float(row["mean"]) == atlas.section("vectors").on("xor")["multiply"].mean


def test_the_file_is_small_and_names_no_machine(atlas: Atlas) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert len(text) < 150_000
    assert Atlas.model_validate_json(text) == atlas
    assert text == atlas.json_text()
    about = json.loads(text)["about"]
    assert set(about) == {
        "command", "date", "seeds", "python", "tensorflow", "keras", "numpy",
        "system", "machine", "cores",
    }  # fmt: skip
    assert str(Path.home()) not in text


def test_without_a_file_there_is_no_atlas(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") is None
    other = tmp_path / "old.json"
    other.write_text('{"version": 0}')
    assert load(other) is None


def small_part(*kinds: str) -> Part:
    fewer = {"kinds": kinds, "joined": (), "relations": ("redundant",)}
    return parts()[0].model_copy(update=fewer)


def test_what_the_store_has_is_not_trained_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = small_part("add", "multiply")
    with opened(tmp_path / "atlas.sqlite") as store:
        for run, request in zip(plan_race(part.race).runs, requests(part.race), strict=True):
            reached = 0.9 if run.entry.kind == "multiply" else 0.8 + run.seed / 100
            epoch = Epoch(epoch=1, logs={"val_y/accuracy": reached}, seconds=1.0)
            store.append(store.create(request), epoch, Finished(seconds=1.0))
        atlas = make(store, [part])
    assert atlas is not None
    assert capsys.readouterr().err == "Two vectors: 10 runs\n"
    (section,) = atlas.sections
    (field,) = section.fields
    on = section.on(field.name)
    assert on["multiply"].scores == (0.9,) * 5
    assert on["add"].mean == pytest.approx(0.82)
    assert (on["multiply"].tied, on["add"].tied) == (True, False)


def made(folder: Path, part: Part, reached: float, known: Atlas | None = None) -> Atlas:
    """Return an atlas of a part whose runs all reach the same value."""
    with opened(folder / f"{reached}.sqlite") as store:
        for request in requests(part.race):
            epoch = Epoch(epoch=1, logs={"val_y/accuracy": reached}, seconds=1.0)
            store.append(store.create(request), epoch, Finished(seconds=1.0))
        atlas = make(store, [part], known)
    assert atlas is not None
    return atlas


def test_a_new_strategy_is_added_and_the_others_keep_their_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = made(tmp_path, small_part("add"), 0.8)
    older = first.about.model_copy(update={"date": "2020-01-01"})
    known = first.model_copy(update={"about": older})
    capsys.readouterr()
    atlas = made(tmp_path, small_part("add", "dot"), 0.9, known)
    assert capsys.readouterr().err == "Two vectors: 5 runs\n"
    assert atlas.about == older
    (section,) = atlas.sections
    assert {one.strategy: one.added for one in section.lines} == {"add": "", "dot": about().date}
    on = section.on("redundant")
    assert (on["add"].mean, on["dot"].mean) == (0.8, 0.9)
    assert (on["add"].tied, on["dot"].tied) == (False, True)
    assert made(tmp_path, small_part("add", "dot"), 0.7, atlas) == atlas


def test_an_atlas_of_other_versions_is_made_again(tmp_path: Path) -> None:
    first = made(tmp_path, small_part("add"), 0.8)
    other = first.about.model_copy(update={"keras": "3.0.0"})
    again = made(tmp_path, small_part("add", "dot"), 0.9, first.model_copy(update={"about": other}))
    assert again.about == first.about
    assert {cell.mean for cell in again.sections[0].cells} == {0.9}
    assert not [line for line in again.sections[0].lines if line.added]
