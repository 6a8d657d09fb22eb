"""The commands `runs …`: list, delete, export, import, vacuum."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.__main__ import main
from components.training import run_archive
from components.training.events import Epoch, Failed, Finished, Started
from components.training.store import Store
from tests.training.support import request
from tests.training.test_events import REPORT, SURFACE

Capture = pytest.CaptureFixture[str]
Printed = Callable[..., str]
MODEL = b"a model"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that the commands use."""
    folder = tmp_path / "first"
    folder.mkdir()
    monkeypatch.setenv("FUSION_DATABASE_URL", f"sqlite:///{folder / 'runs.sqlite'}")
    store = Store()
    yield store
    store.close()


@pytest.fixture
def runs(capsys: Capture) -> Printed:
    """Runs a command that must succeed, and returns what it prints."""

    def runs(*arguments: str) -> str:
        capsys.readouterr()
        code = main(["runs", *arguments])
        printed, errors = capsys.readouterr()
        assert code == 0, errors
        return printed

    return runs


@pytest.fixture
def refused(capsys: Capture) -> Printed:
    """Runs a command that must fail with code 2, and returns its one line."""

    def refused(*arguments: str) -> str:
        capsys.readouterr()
        assert main(["runs", *arguments]) == 2
        printed, errors = capsys.readouterr()
        (line,) = errors.splitlines()
        assert line.startswith("error: ")
        assert printed == ""
        return str(line)

    return refused


def ended(store: Store, name: str = "one", **settings: Any) -> str:
    run_id = store.create(request(epochs=2, **settings), owner="0123abcd", name=name)
    epochs = [Epoch(epoch=n, logs={"loss": 1 / n}, seconds=0.5) for n in (1, 2)]
    started = Started(epochs=2, estimated_bytes=10, parameters=321)
    store.append(run_id, started, *epochs, SURFACE, REPORT, Finished(seconds=1.5, message="Early."))
    return run_id


def use_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    folder = tmp_path / "second"
    folder.mkdir()
    monkeypatch.setenv("FUSION_DATABASE_URL", f"sqlite:///{folder / 'runs.sqlite'}")
    return Store()


def test_runs_are_listed(store: Store, runs: Printed) -> None:
    first, second = ended(store, "gated"), store.create(request(), name="added")
    swept = store.create(request(), sweep="race")
    lines = runs("list").splitlines()
    assert [line.split()[0] for line in lines] == [second, first]
    assert lines[1].endswith("finished         2 epochs  gated")
    (listed,) = json.loads(runs("list", "--json", "--status", "finished"))
    assert (listed["id"], listed["status"], listed["parameters"]) == (first, "finished", 321)
    assert "0123abcd" not in json.dumps(listed)
    assert [run["id"] for run in json.loads(runs("list", "--json", "--races", "--limit", "1"))] == [
        swept
    ]


def test_runs_are_deleted_by_id_and_by_options(
    store: Store, runs: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now - 30 * 86400)
    old, pinned = ended(store), ended(store)
    monkeypatch.undo()
    monkeypatch.setenv("FUSION_DATABASE_URL", str(store._database._url))
    store.pin(pinned)
    new, failed, waiting = ended(store), store.create(request()), store.create(request())
    store.append(failed, Failed(message="No."))
    store.keep_model(new, MODEL)
    assert "1 run deleted" in runs("delete", "--older-than", "7", "--yes")
    assert store.upkeep.ids() == {pinned, new, failed, waiting}
    assert "1 run deleted" in runs("delete", "--status", "failed", "--yes")
    assert "No run fits" in runs("delete", "--status", "failed", "--yes")
    assert "2 runs deleted" in runs("delete", new, pinned, "--yes")
    assert store.upkeep.ids() == {waiting}
    assert not store.models.path(new).exists()
    assert old not in store.upkeep.ids()


def test_deleting_asks_first(
    store: Store, runs: Printed, refused: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ended(store)
    assert "Add `--yes`" in refused("delete", run_id)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    answers = iter(["n", "y"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    assert main(["runs", "delete", run_id]) == 130
    assert store.find(run_id)
    runs("delete", run_id)
    assert not store.find(run_id)


def test_what_can_not_be_deleted_or_exported_is_one_line(
    store: Store, refused: Printed, tmp_path: Path
) -> None:
    waiting = store.create(request())
    assert "by id, or choose them by options" in refused("delete")
    assert "by id, or choose them by options" in refused("delete", waiting, "--status", "failed")
    assert "which is queued" in refused("delete", waiting, "--yes")
    assert "must exist in the store" in refused("delete", "nobody", "--yes")
    assert "--older-than" in refused("delete", "--older-than", "-1")
    assert "'done' is not one of" in refused("list", "--status", "done")
    assert "which is queued" in refused("export", str(tmp_path / "a.zip"), waiting)
    assert "must end in" in refused("export", str(tmp_path / "a.txt"))
    assert "must be writable" in refused("export", str(tmp_path / "no" / "a.zip"))
    assert "must be readable" in refused("import", str(tmp_path / "no.zip"))
    assert "Missing command" in refused()
    assert not (tmp_path / "a.zip").exists()


def test_exported_runs_are_imported_as_they_were_and_once(
    store: Store, runs: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ended(store, "with a model"), ended(store, "in a race", seed=3)
    store.create(request())
    store.keep_model(first, MODEL)
    store.pin(first)
    file = str(tmp_path / "runs.zip")
    assert runs("export", file, "--models") == f"2 runs and 1 model written to {file}.\n"
    other = use_another(tmp_path, monkeypatch)
    assert runs("import", file) == "2 runs and 1 model added; 0 runs known before.\n"
    assert [run.id for run in other.list()] == [second, first]
    for run_id in (first, second):
        before, after = store.get(run_id), other.get(run_id)
        unlike = {"owner": "", "service": "", "shared": True}
        assert {**vars(after), **unlike} == {**vars(before), **unlike}
        assert (after.owner, after.shared) == ("", True)
        assert other.points(run_id) == store.points(run_id)
        assert other.report(run_id) == store.report(run_id) == REPORT
        assert other.surface(run_id) == store.surface(run_id) == SURFACE
    assert other.models.path(first).read_bytes() == MODEL
    other.rename(first, "renamed")
    assert runs("import", file) == "0 runs and 0 models added; 2 runs known before.\n"
    assert other.get(first).name == "renamed"
    other.close()


def test_named_runs_are_exported_with_their_owners_where_that_is_wanted(
    store: Store, runs: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = ended(store), ended(store)
    file = str(tmp_path / "runs.zip")
    runs("export", file, first, "--owners")
    other = use_another(tmp_path, monkeypatch)
    runs("import", file)
    assert [(run.id, run.owner) for run in other.list()] == [(first, "0123abcd")]
    other.close()


def rewrite(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the lines of an export."""
    with zipfile.ZipFile(path) as archive:
        lines = [json.loads(line) for line in archive.read(run_archive.RUNS).splitlines()]
        models = {name: archive.read(name) for name in archive.namelist() if "models/" in name}
    change(lines)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(run_archive.RUNS, "\n".join(json.dumps(line) for line in lines))
        for name, data in models.items():
            archive.writestr(name, data)


WRONG: dict[str, tuple[Callable[[list[dict[str, Any]]], Any], str]] = {
    "format": (lambda lines: lines[0].update(version=2), "names another format"),
    "status": (lambda lines: lines[2].update(status="running"), "line 3, status"),
    "id": (lambda lines: lines[2].update(id="../../etc"), "line 3, id"),
    "field": (lambda lines: lines[2].update(extra=1), "line 3, extra"),
    "twice": (lambda lines: lines[2].update(id=lines[1]["id"]), "twice"),
    "digest": (lambda lines: lines[2].update(digest="0"), "a digest that is not the one"),
    "request": (lambda lines: lines[2].update(request="{}"), "line 3"),
    "event": (lambda lines: lines[2]["events"][0].update(logs={"loss": "low"}), "line 3"),
    "end": (lambda lines: lines[2]["events"].append({"kind": "stopped", "seconds": 1}), "no epoch"),
    "model": (lambda lines: lines[1].update(model_digest="0"), "a model that is not the one"),
    "missing": (lambda lines: lines[2].update(model_digest="0"), "models/"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_is_not_valid_adds_nothing(
    store: Store,
    runs: Printed,
    refused: Printed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
) -> None:
    first, second = ended(store), ended(store)
    store.keep_model(first, MODEL)
    file = tmp_path / "runs.zip"
    runs("export", str(file), first, second, "--models")
    change, sentence = WRONG[wrong]
    rewrite(file, change)
    other = use_another(tmp_path, monkeypatch)
    assert sentence in refused("import", str(file))
    assert other.upkeep.ids() == set()
    assert not other.models.folder.exists()
    other.close()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_archive_is_one_line(
    store: Store, refused: Printed, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "runs.zip"
    file.write_bytes(content)
    assert "must be an export of runs" in refused("import", str(file))


def test_an_archive_without_runs_is_one_line(
    store: Store, refused: Printed, tmp_path: Path
) -> None:
    file = tmp_path / "runs.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("other.txt", "")
    assert "must be an export of runs" in refused("import", str(file))


def test_vacuum_frees_the_space_of_deleted_runs(store: Store, runs: Printed) -> None:
    kept = ended(store)
    store.keep_model(kept, MODEL)
    for run_id in store.create_all([request()] * 300):
        store.append(run_id, Finished(seconds=1.0))
        store.delete(run_id)
    store.models.path("gone").write_bytes(b"x" * 1000)
    before = store.database_bytes()
    printed = runs("vacuum")
    assert "1 KB of models freed" in printed
    assert not printed.startswith("0 B")
    assert store.database_bytes() < before / 2
    assert store.models.path(kept).read_bytes() == MODEL
    assert len(store.points(kept)) == 2
