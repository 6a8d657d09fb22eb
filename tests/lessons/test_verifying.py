"""What was handed in is trained again: 20 tokens hold, and a changed one is told."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from components.__main__ import main
from components.export.link import LinkContent
from components.lessons import verifying
from components.lessons.checks import RunsCheck
from components.lessons.hand_in import HandIn
from components.lessons.lesson import Lesson, lesson_of
from components.lessons.runs import run_requests, scores_of
from components.lessons.verifying import train_outcomes
from components.model.spec import parse
from components.race.outcomes import Outcome
from tests.lessons.test_judging import MODEL

TOKENS = 20
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own() -> Lesson:
    start = {
        **MODEL,
        "data": {"relation": {"kind": "additive"}, "samples": 120},
        "settings": {"epochs": 2, "learning_rate": 0.05},
    }
    check = {"id": "works", "kind": "runs", "text": "t", "seeds": 1}
    step = {"title": "t", "text": "t", "checks": [check]}
    parts = {"title": "t", "question": "q", "start": start, "steps": [step], "solution": MODEL}
    return lesson_of(parts)


@pytest.fixture(scope="module")
def handed_in(own: Lesson) -> list[HandIn]:
    """Work of 20 people: a model each, trained once."""
    (check,) = own.checks
    assert isinstance(check, RunsCheck)
    works = []
    for person in range(TOKENS):
        trunk = {"depth": 1, "units": 2 + person}
        heads = [{**MODEL["heads"][0], "source": "trunk"}]
        works.append(parse({**MODEL, "trunk": trunk, "heads": heads}))
    runs = {work.digest: run_requests(own, check, work) for work in works}
    outcomes = train_outcomes(one for requests in runs.values() for one in requests.values())
    return [
        HandIn(
            lesson="own",
            digest=own.digest,
            work=LinkContent(work, own.start.data, own.start.settings),
            scores={"works": scores_of(check, runs[work.digest], outcomes)},
        )
        for work in works
    ]


def verify(folder: Path, own: Lesson, tokens: list[str]) -> tuple[int, list[dict[str, str]]]:
    (folder / "own.yaml").write_text(own.yaml_text(), encoding="utf-8")
    (folder / "tokens.txt").write_text("\n".join(tokens), encoding="utf-8")
    output = folder / "out.csv"
    words = [str(folder / "tokens.txt"), "--csv", str(output), "--lesson", str(folder / "own.yaml")]
    code = main(["lesson", "verify", *words])
    with output.open(encoding="utf-8", newline="") as file:
        return code, list(csv.DictReader(file))


def test_twenty_tokens_hold(own: Lesson, handed_in: list[HandIn], tmp_path: Path) -> None:
    code, rows = verify(tmp_path, own, [work.token() for work in handed_in])
    assert code == 0
    assert [row["result"] for row in rows] == ["same"] * TOKENS
    assert [row["line"] for row in rows] == [str(at + 1) for at in range(TOKENS)]


def test_a_changed_figure_is_told(own: Lesson, handed_in: list[HandIn], tmp_path: Path) -> None:
    first = handed_in[0]
    scores = {"works": {0: first.scores["works"][0] + 0.1}}
    better = first.model_copy(update={"scores": scores, "lesson": "=1+1"})
    cut = handed_in[1].token()[:-9]
    other = first.model_copy(update={"digest": "0" * 12}).token()
    code, rows = verify(tmp_path, own, [better.token(), cut, other])
    assert code == 1
    assert rows[0]["result"] == "different"
    assert rows[0]["lesson"] == "'=1+1"  # No formula for a spreadsheet.
    assert "three words" in rows[1]["result"] or "damaged" in rows[1]["result"]
    assert "of this version of the lesson" in rows[2]["result"]


def test_work_is_checked_on_its_own_lesson_alone(
    own: Lesson, handed_in: list[HandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text(own.yaml_text(), encoding="utf-8")
    token = handed_in[0].token()
    assert main(["lesson", "check", str(tmp_path / "own.yaml"), token]) == 0
    assert "pass  works: This model reaches" in capsys.readouterr().out
    assert main(["lesson", "check", "xor", token]) == 2
    assert "of this version of the lesson" in capsys.readouterr().err


def test_a_run_that_failed_is_told(
    own: Lesson,
    handed_in: list[HandIn],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FUSION_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(
        verifying,
        "train_outcomes",
        lambda requests: {one.digest: Outcome("failed", message="Too large.") for one in requests},
    )
    (tmp_path / "own.yaml").write_text(own.yaml_text(), encoding="utf-8")
    words = [str(tmp_path / "own.yaml"), handed_in[0].token(), "--train"]
    assert main(["lesson", "check", *words]) == 1
    assert "miss  works: A run has failed. Too large." in capsys.readouterr().out


def test_a_file_without_tokens_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    assert main(["lesson", "verify", str(tmp_path / "empty.txt")]) == 2
    assert "must hold at least one" in capsys.readouterr().err
