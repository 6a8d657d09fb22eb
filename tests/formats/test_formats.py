"""One file of each stored format, read in its own version and others; and changes that break it."""

from __future__ import annotations

import json
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.app.parts.editor.draft_content import unpack
from components.base import clock, versions
from components.base.errors import PlaygroundError, StoreError
from components.base.versions import CONVERSIONS, FIRST, KEY, Format
from components.experiments.queue.artifacts import preprocessing_in
from components.experiments.queue.store import Store
from components.experiments.races.kinds import parse_race
from components.experiments.races.stored_race import stored_race_of
from components.models.architecture.architecture import parse_json
from components.sharing.links.link import parse_link
from components.sharing.predicting import predict_rows
from components.teaching.lessons.lesson import parse_lesson
from components.teaching.people.draft_store import DraftStore
from components.teaching.people.lesson_store import LessonStore
from components.teaching.rooms.plan import parse_plan
from components.teaching.rooms.store import RoomStore, _parsed
from sample_data.columns.preparation import PREPROCESSING
from tests.formats import frozen
from tests.formats.frozen import FORMATS

pytestmark = pytest.mark.clock

FILES = sorted((Path(__file__).parent / "files").iterdir())
"""Files named `FORMAT.NUMBER.ENDING`. Each contains an item called `kept`."""
Change = Callable[[dict[str, Any]], dict[str, Any]]


def format_of(path: Path) -> Format:
    name = path.name.partition(".")[0].replace("_", " ")
    return next(form for form in FORMATS if form.name == name)


def number_of(path: Path) -> int:
    return int(path.suffixes[0].removeprefix("."))


def opened(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a database from an SQL file, and set the clock to its time: its room ends in a day."""
    database = folder / "runs.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(path.read_text("utf-8"))
        ((created,),) = connection.execute("SELECT max(created) FROM rooms")
    monkeypatch.setenv(clock.SHIFT, str(created + 60 - clock.file_now()))
    return database


def read_database(path: Path) -> str:
    with closing(Store(f"sqlite:///{path}")) as store:
        (run,) = store.list()
        (model,) = DraftStore(store.database).list("anna", saved=True)
        draft = DraftStore(store.database).find("anna", model.id)
        assert draft
        assert unpack(draft.content).valid.name == "kept"
        (progress,) = LessonStore(store.database).list("anna")
        (membership,) = RoomStore(store.database).memberships("anna")
        room = RoomStore(store.database).find(membership.code)
        assert room
        (sweep,) = store.sweeps.list()
        assert stored_race_of(sweep).race.architecture.name == "kept"
        assert run.request.architecture.name == "kept"
        assert len({run.name, model.name, progress.title}) == 1
        return run.name


def read_room(path: Path) -> str:
    plan = _parsed(path.read_text("utf-8").strip()).plan
    assert plan
    return parse_plan(plan.source).title


def read_trained(path: Path) -> str:
    assert predict_rows.read_preprocessing(path)["inputs"]
    return str(preprocessing_in(path.read_bytes())["heads"][0]["classes"][0])


READERS: dict[str, Callable[[Path], str]] = {
    "model": lambda path: parse_json(path.read_bytes()).name,
    "link": lambda path: parse_link(path.read_text("utf-8")).architecture.name,
    "lesson": lambda path: parse_lesson(path.read_bytes()).title,
    "plan": lambda path: parse_plan(path.read_bytes()).title,
    "race": lambda path: parse_race(path.read_bytes()).architecture.name,
    "draft": lambda path: unpack(path.read_bytes()).valid.name,
    "trained model": read_trained,
    "class room": read_room,
    "database": read_database,
}


def numbered(path: Path, form: Format, number: int | None, folder: Path) -> Path:
    """Write a file with another number, or without one."""

    def change(parts: dict[str, Any]) -> dict[str, Any]:
        rest = {key: value for key, value in parts.items() if key != KEY}
        return rest if number is None else {KEY: number, **rest}

    other, name = folder / f"other{path.suffix}", form.name
    if name == "database":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DROP TABLE format" if number is None else
                               f"UPDATE format SET number = {number}")  # fmt: skip
        return path
    if name == "link":
        text = path.read_text("utf-8").replace(f"?m={FIRST}.", f"?m={number or ''}.")
        other.write_text(text, "utf-8")
    elif name == "trained model":
        with zipfile.ZipFile(other, "w") as archive:
            learned = json.loads(zipfile.ZipFile(path).read(PREPROCESSING))
            archive.writestr(PREPROCESSING, json.dumps(change(learned)))
    elif name == "draft":
        parts = json.loads(zlib.decompress(path.read_bytes()))
        other.write_bytes(zlib.compress(json.dumps(change(parts)).encode()))
    elif path.suffix == ".yaml":
        parts = yaml.safe_load(path.read_text("utf-8"))
        other.write_text(yaml.safe_dump(change(parts)), "utf-8")
    else:
        other.write_text(json.dumps(change(json.loads(path.read_text("utf-8")))), "utf-8")
    return other


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path: Path = request.param
    return opened(path, tmp_path, monkeypatch) if path.suffix == ".sql" else path


each_file = pytest.mark.parametrize(
    ("kept", "form"),
    [pytest.param(path, format_of(path), id=path.name) for path in FILES],
    indirect=["kept"],
)


def test_each_number_of_each_format_has_a_file_and_a_conversion() -> None:
    numbers = {(form.name, number) for form in FORMATS for number in range(FIRST, form.number + 1)}
    assert {(format_of(path).name, number_of(path)) for path in FILES} == numbers
    assert READERS.keys() == {form.name for form in FORMATS}
    latest = {(form.name, form.number) for form in FORMATS}
    assert numbers - latest == CONVERSIONS.keys()


@each_file
def test_a_file_is_read(kept: Path, form: Format) -> None:
    assert READERS[form.name](kept) == "kept"


@each_file
def test_an_earlier_file_is_converted(
    kept: Path, form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Use the same chain of conversions for every format."""
    seen = []

    def convert(content: Any) -> Any:
        seen.append(content)
        return content

    _parsed.cache_clear()
    parse_plan.cache_clear()
    before = form.number
    monkeypatch.setattr(form, "number", before + 1)
    monkeypatch.setitem(CONVERSIONS, (form.name, before), convert)
    assert READERS[form.name](kept) == "kept"
    assert len(seen) == 1
    if form is versions.DATABASE:
        assert READERS[form.name](kept) == "kept"
        assert len(seen) == 1


def refused(path: Path, form: Format) -> str:
    with pytest.raises(PlaygroundError) as caught:
        READERS[form.name](path)
    assert isinstance(caught.value, form.error)
    return str(caught.value)


@each_file
def test_a_newer_file_is_refused(kept: Path, form: Format, tmp_path: Path) -> None:
    later = numbered(kept, form, form.number + 1, tmp_path)
    sentence = refused(later, form)
    assert sentence == (
        f"This {form.name} was made by a newer Fusion Playground (version {form.number + 1} of the "
        "format). Update this one to open it."
    )
    if form is versions.DATABASE:
        with closing(sqlite3.connect(later)) as connection:
            assert connection.execute("SELECT name FROM runs").fetchall() == [("kept",)]
        assert not [*tmp_path.glob("*set-aside*")]


@each_file
def test_a_file_from_before_is_refused(kept: Path, form: Format, tmp_path: Path) -> None:
    sentence = refused(numbered(kept, form, FIRST - 1, tmp_path), form)
    assert f"This {form.name} is from before Fusion Playground 0.2" in sentence
    assert sentence.endswith(form.again)


@each_file
def test_a_file_without_a_number_is_refused(kept: Path, form: Format, tmp_path: Path) -> None:
    """Expect that a database without a number is set aside, and that a link counts as cut short."""
    other = numbered(kept, form, None, tmp_path)
    if form is versions.DATABASE:
        with closing(Store(f"sqlite:///{other}")) as store:
            assert "is from before Fusion Playground 0.2" in store.notice
            assert store.list() == ()
        assert [*tmp_path.glob("*set-aside*")]
        return
    sentence = refused(other, form)
    if form is versions.LINK:
        assert "cut short" in sentence
    elif form.by_hand:
        assert f"This {form.name} has no version number" in sentence
        assert f"Add `version` {form.number}" in sentence
    else:
        assert f"This {form.name} is from before Fusion Playground 0.2" in sentence


def test_a_conversion_of_the_database_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(next(path for path in FILES if path.suffix == ".sql"), tmp_path, monkeypatch)

    def convert(connection: Any) -> Any:
        connection.exec_driver_sql("DROP TABLE points")
        raise StoreError("It can't be converted.", "", "Try again.")

    with monkeypatch.context() as patch:
        patch.setattr(versions.DATABASE, "number", FIRST + 1)
        patch.setitem(CONVERSIONS, ("database", FIRST), convert)
        with pytest.raises(StoreError, match="can't be converted"):
            Store(f"sqlite:///{database}")
    assert read_database(database) == "kept"


def test_the_program_of_a_trained_model_reads_its_number() -> None:
    """Compare the copy of the number in the program, which imports nothing."""
    assert versions.TRAINED.number == predict_rows.VERSION


@pytest.mark.parametrize("name", frozen.schemas())
def test_a_change_of_a_format_raises_its_number(name: str) -> None:
    form = next(one for one in FORMATS if one.name == name)
    assert frozen.path_of(form).exists()
    assert not frozen.broken_by(form, frozen.schemas()[name])


def test_every_format_but_that_of_trained_models_has_a_schema() -> None:
    assert frozen.schemas().keys() == READERS.keys() - {"trained model"}


FROZEN: dict[str, Any] = {
    "title": "Thing, version 2",
    "properties": {"size": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3}},
    "required": ["size"],
    "$defs": {"Kind": {"enum": ["a", "b"]}},
}


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({}, []),
        ({"description": "Other words."}, []),
        ({"properties": {**FROZEN["properties"], "more": {"default": 1}}}, []),
        ({"$defs": {"Kind": {"enum": ["a", "b", "c"]}, "New": {}}}, []),
        ({"required": []}, []),
        ({"properties": {"size": {**FROZEN["properties"]["size"], "maximum": 99}}}, []),
        ({"properties": {"width": {}}}, ["/properties/size is gone"]),
        ({"required": ["size", "more"]}, [" now needs ['more']"]),
        ({"$defs": {"Kind": {"enum": ["a"]}}}, ["/$defs/Kind/enum has less"]),
        (
            {"properties": {"size": {**FROZEN["properties"]["size"], "maximum": 5}}},
            ["/properties/size/maximum is narrower"],
        ),
        (
            {"properties": {"size": {**FROZEN["properties"]["size"], "default": 4}}},
            ["/properties/size/default is another one"],
        ),
        (
            {"properties": {"size": {**FROZEN["properties"]["size"], "multipleOf": 2}}},
            ["/properties/size/multipleOf is new"],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_additions_with_defaults_break_no_file(changed: dict[str, Any], broken: list[str]) -> None:
    assert list(frozen.breaks(FROZEN, {**FROZEN, **changed})) == broken
