"""Submitted work that is trained again: honest tokens pass, forged ones get an answer."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter

from components.__main__ import main
from components.export.link import LinkContent, share
from components.export.token import pack_token
from components.lessons import library, verifying
from components.lessons.checks import RunsCheck
from components.lessons.evidence import run_requests, scores_of
from components.lessons.hand_in import HAND_IN, HandIn
from components.lessons.lesson import Lesson, lesson_of
from components.lessons.verifying import PASSED, VerifiedFigure
from components.lessons.yaml_text import read_yaml
from components.race.command import train_outcomes
from components.training.events import Outcome
from tests.lessons.lesson_play import patched
from tests.lessons.test_judging import MODEL
from tests.runs.trains_here import train_here

TOKENS = 2
SAMPLES = {"works": 30, "other": 50}
SEEDS = ("works.0", "works.1", "works.2", "other.0")


class Forged(BaseModel):
    """Changed token, and the expected answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    samples: dict[str, int] = {}
    add: dict[str, float] = {}
    set: dict[str, float] = {}
    drop: tuple[str, ...] = ()
    swap: tuple[str, ...] = ()
    part: dict[str, Any] = {}
    model: dict[str, Any] = {}
    cut: int | None = None
    text: str = ""
    says: dict[str, str]


FORGED = TypeAdapter(list[Forged]).validate_python(
    read_yaml(Path(__file__).with_name("forged.yaml").read_bytes())
)


@pytest.fixture(scope="module", autouse=True)
def _trains_here() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        train_here(patch)
        yield


@pytest.fixture(scope="module")
def own() -> Lesson:
    data = {"relation": {"kind": "additive"}, "samples": 120}
    heads = [{**MODEL["heads"][0], "source": "trunk"}]
    model = {**MODEL, "trunk": {"depth": 1, "units": 2}, "heads": heads}
    start = {**model, "data": data, "settings": {"epochs": 2, "learning_rate": 0.05}}
    runs = {"kind": "runs", "text": "t"}
    few = {"of": "layers_after_merge", "at_most": 1}
    checks = [
        {"id": "works", **runs, "seeds": 3, "most_seeds": 4, "conditions": [few]},
        {"id": "other", **runs, "seeds": 1, "training": {"data": {**data, "samples": 200}}},
        {"id": "count", "kind": "number", "text": "t", "answer": 4},
        {"id": "guess", "kind": "bet", "text": "t", "options": ["yes", "no"]},
    ]
    step = {"title": "t", "text": "t", "checks": checks}
    return lesson_of(
        {"title": "t", "question": "q", "start": start, "steps": [step], "solution": model}
    )


@pytest.fixture(scope="module")
def handed_in(own: Lesson) -> list[HandIn]:
    """Return the work of several people: one model each, trained once."""
    works = [patched(own, "solution", {"trunk.units": 2 + person}) for person in range(TOKENS)]
    checks = [check for check in own.checks if isinstance(check, RunsCheck)]
    runs = {
        (work.digest, check.id): {
            seed: one for seed, one in run_requests(own, check, work).items() if seed < check.seeds
        }
        for work in works
        for check in checks
    }
    outcomes = train_outcomes(one for requests in runs.values() for one in requests.values())
    return [
        HandIn(
            lesson="own",
            digest=own.digest,
            work=LinkContent(work, own.start.data, own.start.settings),
            answers={"count": 4},
            bets={"guess": ("yes", False)},
            scores={check.id: scores_of(runs[work.digest, check.id], outcomes) for check in checks},
        )
        for work in works
    ]


def verify(folder: Path, own: Lesson | None, tokens: list[str]) -> tuple[int, list[dict[str, str]]]:
    (folder / "tokens.txt").write_text("\n".join(tokens), encoding="utf-8")
    output = folder / "out.csv"
    words = [str(folder / "tokens.txt"), "--csv", str(output)]
    if own is not None:
        (folder / "own.yaml").write_text(own.yaml_text(), encoding="utf-8")
        words += ["--lesson", str(folder / "own.yaml")]
    code = main(["lesson", "verify", *words])
    with output.open(encoding="utf-8", newline="") as file:
        return code, list(csv.DictReader(file))


@pytest.fixture(scope="module")
def verified(
    own: Lesson, handed_in: list[HandIn], tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, str]]:
    """Return the rows of honest tokens, followed by those of forged ones."""
    honest = [work.token() for work in handed_in]
    forged = [_forged(own, handed_in[0], one) for one in FORGED]
    code, rows = verify(tmp_path_factory.mktemp("tokens"), own, [*honest, *forged])
    assert code == 1
    return rows


def test_honest_tokens_hold(verified: list[dict[str, str]]) -> None:
    rows = verified[: len(SEEDS) * TOKENS]
    assert [row["result"] for row in rows] == ["same"] * len(rows)
    assert [row["line"] for row in rows[:: len(SEEDS)]] == [str(at + 1) for at in range(TOKENS)]


@pytest.fixture(scope="module")
def answered(verified: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the answers to each forged token, by place."""
    found: dict[str, dict[str, str]] = {one.name: {} for one in FORGED}
    for row in verified[len(SEEDS) * TOKENS :]:
        place = ".".join(filter(None, (row["check"], row["seed"]))) or "token"
        found[FORGED[int(row["line"]) - 1 - TOKENS].name][place] = row["result"]
    return found


@pytest.mark.parametrize("forged", FORGED, ids=[one.name for one in FORGED])
def test_a_forged_token_is_answered(forged: Forged, answered: dict[str, dict[str, str]]) -> None:
    rows = answered[forged.name]
    for place, words in forged.says.items():
        assert re.search(words, rows[place]), (place, rows)
    left = {place: result for place, result in rows.items() if place not in forged.says}
    kept = set() if "token" in forged.says else {*SEEDS} - {*forged.says, *forged.drop}
    assert left == dict.fromkeys(kept, "same")


def _forged(own: Lesson, honest: HandIn, forged: Forged) -> str:
    if forged.text:
        return share(own.solution.architecture) if forged.text == "link" else forged.text
    parts = honest.model_dump(mode="json", exclude_defaults=True)
    figures = {
        f"{check}.{seed}": value
        for check, of in parts["scores"].items()
        for seed, value in of.items()
    }
    for place, more in forged.samples.items():
        figures[place] += more / SAMPLES[place.partition(".")[0]]
    for place, value in forged.add.items():
        figures[place] += value
    if forged.swap:
        one, other = forged.swap
        figures[one], figures[other] = figures[other], figures[one]
    figures = {**figures, **forged.set}
    changed: dict[str, dict[str, float]] = {}
    for place, value in figures.items():
        check, _, seed = place.partition(".")
        if place not in forged.drop:
            changed.setdefault(check, {})[seed] = value
    parts |= {"scores": changed, **forged.part}
    if forged.model:
        work = LinkContent(patched(own, "solution", forged.model))
        parts["work"] = HandIn(lesson="own", digest="", work=work).model_dump(mode="json")["work"]
    return pack_token({HAND_IN: parts}, "")[: forged.cut]


def test_a_lesson_without_runs_has_passed(tmp_path: Path) -> None:
    lesson = library.load("who_works")
    done = HandIn(
        lesson="who_works", digest=lesson.digest, work=lesson.solution, answers=lesson.answers
    )
    begun = done.model_copy(update={"answers": {**lesson.answers, "cooperation": 5.0}})
    assert verify(tmp_path, None, [done.token()])[0] == 0
    code, rows = verify(tmp_path, None, [f"{done.token()} Ada 2", begun.token()])
    assert code == 1
    assert (rows[0]["result"], rows[0]["learner"]) == (PASSED, "Ada 2")
    assert [(row["check"], row["result"][:12]) for row in rows[1:]] == [
        ("cooperation", "5 is too low")
    ]


@pytest.mark.parametrize(
    ("difference", "result"),
    [(0.0, "same"), (5e-7, "same"), (5e-4, "close"), (0.0099, "different")],
)
def test_values_have_no_grid(difference: float, result: str) -> None:
    figure = VerifiedFigure(1, handed_in=0.9 + difference, verified=0.9)
    assert figure.result == result
    assert figure.holds == (result != "different")


def test_work_is_checked_on_its_own_lesson_alone(
    own: Lesson, handed_in: list[HandIn], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text(own.yaml_text(), encoding="utf-8")
    token = handed_in[0].token()
    assert main(["lesson", "check", token, "--lesson", str(tmp_path / "own.yaml")]) == 0
    assert "pass  works: This model reaches" in capsys.readouterr().out
    assert main(["lesson", "check", token, "--lesson", "xor"]) == 2
    assert "of another version of the lesson" in capsys.readouterr().err


def test_work_names_its_lesson(capsys: pytest.CaptureFixture[str]) -> None:
    lesson = library.load("who_works")
    work = HandIn(
        lesson="who_works", digest=lesson.digest, work=lesson.solution, answers=lesson.answers
    )
    assert main(["lesson", "check", work.token()]) == 0
    assert "pass  gap" in capsys.readouterr().out
    linked = work.model_copy(update={"lesson": lesson.linked_name})
    for token in (linked.token(), share(lesson.solution.architecture)):
        assert main(["lesson", "check", token]) == 2
        assert "with `--lesson`" in capsys.readouterr().err


def test_a_failed_run_is_reported(
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
    words = [handed_in[0].token(), "--lesson", str(tmp_path / "own.yaml"), "--train"]
    assert main(["lesson", "check", *words]) == 1
    assert "miss  works: A run has failed. Too large." in capsys.readouterr().out
    code, rows = verify(tmp_path, own, [handed_in[0].token()])
    assert code == 1
    assert {row["result"] for row in rows} == {"Too large."}


def test_a_file_without_tokens_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    assert main(["lesson", "verify", str(tmp_path / "empty.txt")]) == 2
    assert "holds no token" in capsys.readouterr().err
