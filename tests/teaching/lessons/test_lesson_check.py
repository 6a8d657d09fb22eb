"""The command `lesson check` on submitted work: its own figures, repeated ones, wrong tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.__main__ import main
from components.experiments.training.events import Outcome
from components.sharing.links.link import LinkContent, share
from components.teaching.lessons import evidence, library
from components.teaching.lessons.hand_in import HandIn
from components.teaching.lessons.lesson import Lesson, lesson_of
from tests.experiments.queue.trains_here import train_here
from tests.teaching.lessons.lesson_play import patched
from tests.teaching.lessons.test_judging import MODEL


@pytest.fixture
def own() -> Lesson:
    data = {"relation": {"kind": "additive"}, "samples": 120}
    heads = [{**MODEL["heads"][0], "source": "trunk"}]
    model = {**MODEL, "trunk": {"depth": 1, "units": 2}, "heads": heads}
    start = {**model, "data": data, "settings": {"epochs": 2, "learning_rate": 0.05}}
    few = {"of": "layers_after_merge", "at_most": 1}
    checks = [
        {"id": "works", "kind": "runs", "text": "t", "seeds": 1, "conditions": [few]},
        {"id": "count", "kind": "number", "text": "t", "answer": 4},
    ]
    step = {"title": "t", "text": "t", "checks": checks}
    return lesson_of(
        {"title": "t", "question": "q", "start": start, "steps": [step], "solution": model}
    )


@pytest.fixture
def own_file(own: Lesson, tmp_path: Path) -> str:
    path = tmp_path / "own.yaml"
    path.write_text(own.yaml_text(), encoding="utf-8")
    return str(path)


def token(own: Lesson, **scores: dict[int, float]) -> str:
    work = LinkContent(patched(own, "solution", {}), own.start.data, own.start.settings)
    return HandIn(
        lesson="own", digest=own.digest, work=work, answers={"count": 4}, scores=scores
    ).token()


def test_work_is_checked_by_its_own_figures_on_its_own_lesson(
    own: Lesson, own_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = token(own, works={0: 0.9})
    assert main(["lesson", "check", done, "--lesson", own_file]) == 0
    assert "pass  works: This model reaches" in capsys.readouterr().out
    assert main(["lesson", "check", token(own), "--lesson", own_file]) == 1
    assert "pass  count" in capsys.readouterr().out
    assert main(["lesson", "check", done, "--lesson", "xor"]) == 2
    assert "of another version of the lesson" in capsys.readouterr().err


def test_work_on_earlier_words_of_a_lesson_counts(
    own: Lesson, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done, path = token(own, works={0: 0.9}), tmp_path / "said_better.yaml"
    better = {"title": "Said better", "reworded": (own.digest,)}
    path.write_text(own.model_copy(update=better).yaml_text(), encoding="utf-8")
    assert main(["lesson", "check", done, "--lesson", str(path)]) == 0
    assert "pass  works: This model reaches" in capsys.readouterr().out


def test_runs_are_trained_again_in_place_of_its_own_figures(
    own: Lesson,
    own_file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FUSION_DATA", str(tmp_path / "data"))
    train_here(monkeypatch)
    again = ["lesson", "check", token(own, works={0: 0.0}), "--lesson", own_file, "--train"]
    assert main(again) == 0
    assert "pass  works: This model reaches" in capsys.readouterr().out
    monkeypatch.setattr(
        evidence,
        "train_outcomes",
        lambda requests: {one.digest: Outcome("failed", message="Too large.") for one in requests},
    )
    assert main(again) == 1
    assert "miss  works: A run has failed. Too large." in capsys.readouterr().out


def test_work_names_its_lesson(capsys: pytest.CaptureFixture[str]) -> None:
    lesson = library.load("who_works")
    work = HandIn(
        lesson="who_works", digest=lesson.digest, work=lesson.solution, answers=lesson.answers
    )
    assert main(["lesson", "check", work.token()]) == 0
    assert "pass  gap" in capsys.readouterr().out
    linked = work.model_copy(update={"lesson": lesson.linked_name})
    for other in (linked.token(), share(lesson.solution.architecture)):
        assert main(["lesson", "check", other]) == 2
        assert "with `--lesson`" in capsys.readouterr().err
