"""Command `record`, on an architecture and on a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.__main__ import main
from components.experiments.queue.store import Store
from components.sharing.record.contents import record_of
from components.sharing.record.forms import FORMS
from components.sharing.record.subject import RecordSubject
from sample_data.content import presets
from tests.experiments.races.support import small_race
from tests.sharing.record.subjects import stored_run, subject_in

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("ending", FORMS)
def test_the_ending_selects_the_form(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"record.{ending}"
    assert main(["record", "two_tower", "-o", str(path)]) == 0
    record = record_of(RecordSubject(presets.load("two_tower")))
    assert path.read_bytes() == FORMS[ending]().write(record)


def test_what_the_author_types_is_in_the_record(tmp_path: Path) -> None:
    path = tmp_path / "record.md"
    limits = ["--parameters", "1", "--size", "1000", "--flops", "1e15", "--latency", "1e9"]
    assert main(["record", "two_tower", "-o", str(path), "--why", "It is small.", *limits]) == 0
    text = path.read_text()
    assert "It is small." in text
    assert "Above its limit: Parameters." in text
    assert " ms | 1,000,000,000 ms | pass |" in text
    assert main(["record", "two_tower", "-o", str(path), "--latency"]) == 0
    assert " ms | – | no limit |" in path.read_text()


def test_a_run_has_its_findings(store: Store, tmp_path: Path) -> None:
    run_id, path = stored_run(store), tmp_path / "record.md"
    assert main(["record", run_id, "-o", str(path)]) == 0
    record = record_of(subject_in(store, run_id))
    assert path.read_bytes() == FORMS["md"]().write(record)
    store.keep_result(run_id, "inspection", "one that cannot be read")
    assert main(["record", run_id, "-o", str(path)]) == 0
    assert "was not inspected" in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["two_tower", "-o", "record.txt"], "The file can only end in"),
        (["two_tower", "-o", "record.PDF"], "open that in a browser, and print it to a PDF"),
        (["two_tower"], "Missing option '-o'"),
        (["two_tower", "-o", "record.md", "--size", "-1"], "of the record can't be -1.0"),
        (
            ["two_tower", "-o", "record.md", "--latency", "nan"],
            "of the record needs a finite number, not nan",
        ),
        (["0123456789ab", "-o", "record.md"], "There is no run 0123456789ab"),
        (["unknown", "-o", "record.md"], "unknown"),
    ],
)
def test_refusals(arguments: list[str], rule: str, store: Store, capsys: Capture) -> None:
    assert store.list() == ()
    assert main(["record", *arguments]) == 2
    assert rule in capsys.readouterr().err


def test_a_run_that_goes_on_is_refused(store: Store, tmp_path: Path, capsys: Capture) -> None:
    from components.experiments.races.plan import requests

    run_id = store.create(requests(small_race())[0])
    assert main(["record", run_id, "-o", str(tmp_path / "record.md")]) == 2
    assert "Only a run that has ended can be" in capsys.readouterr().err
