"""Runs as a file: one ZIP with a line of JSON for each run, and trained models if wanted.

The first line of `runs.jsonl` names the format. Whose runs they are is left out unless wanted: an
owner is a visitor's cookie.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.core.errors import FileError, PlaygroundError
from components.core.fields import first_error
from components.core.files import explaining_writes, regular_file, replacing
from components.core.text import byte_size
from components.training.events import EndStatus, Epoch, Event, Report, Surface, parse_event
from components.training.requests import parse_request
from components.training.runs import MAX_NAME_LENGTH, Run, new_row
from components.training.store import Store
from components.training.tables import RunRow

FORMAT = {"format": "fusion-runs", "version": 1}
RUNS = "runs.jsonl"
LINE_BYTES = 20_000_000
"""The longest line that is read."""
MOST_BYTES = 2_000_000_000
"""The most that all lines may have."""
_Id = Field(pattern=r"^[0-9a-f]{12}$")


class RunRecord(BaseModel):
    """A run that has ended, as one line of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = _Id
    created: float = Field(ge=0, le=1e11)
    owner: str = Field("", max_length=100)
    name: str = Field(min_length=1, max_length=MAX_NAME_LENGTH)
    status: EndStatus
    message: str = ""
    seconds: float = Field(ge=0)
    started: float | None = Field(None, ge=0, le=1e11)
    parameters: int = Field(ge=0)
    estimated_bytes: int = Field(ge=0)
    pinned: bool = False
    sweep: str = Field("", max_length=40)
    shared: bool = False
    digest: str
    request: str
    model_digest: str = ""
    """SHA-256 of the trained model, which is in the file if this is not empty."""
    events: tuple[dict[str, Any], ...] = ()
    """The epochs, the report and the latest decision surface."""


@dataclass(frozen=True)
class Exported:
    """What an export has written."""

    runs: int
    models: int
    unreadable: int
    """Runs that this version can't read, which are left out."""


@dataclass(frozen=True)
class Imported:
    """What an import has added."""

    runs: int
    models: int
    known: int
    """Runs that were there before."""


def export_runs(
    store: Store, runs: Iterable[Run], path: Path, models: bool = False, owners: bool = False
) -> Exported:
    """Write runs that have ended to a ZIP file. Raises `FileError` if it can't be written."""
    written, kept, unreadable = 0, list[Path](), 0
    with (
        explaining_writes(path),
        replacing(path, private=True) as new,
        zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        with archive.open(RUNS, "w", force_zip64=True) as lines:
            lines.write(f"{json.dumps(FORMAT)}\n".encode())
            for run in runs:
                file = store.models.path(run.id)
                with_model = models and bool(run.model_digest) and file.exists()
                record = _record(store, run, with_model, owners)
                if record is None:
                    unreadable += 1
                    continue
                lines.write(f"{record.model_dump_json()}\n".encode())
                written += 1
                kept += [file] if with_model else []
        for file in kept:
            archive.write(file, _model_name(file.stem), zipfile.ZIP_STORED)
    return Exported(written, len(kept), unreadable)


def import_runs(store: Store, path: Path) -> Imported:
    """Add the runs of a file that are not in the store. The whole file is checked first.

    Raises `FileError` if it can't be read or is not valid; nothing is added then.
    """
    try:
        with zipfile.ZipFile(regular_file(path)) as archive:
            return _import(store, archive)
    except OSError as error:
        raise FileError(
            "The file must be readable.", f"{path}: {error.strerror}", "Name another file."
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise _not_valid(f"{path.name}: {error}") from None


def _import(store: Store, archive: zipfile.ZipFile) -> Imported:
    known = store.upkeep.ids()
    rows: list[tuple[RunRow, list[Event]]] = []
    models: list[str] = []
    ids: set[str] = set()
    for record, where in _records(archive):
        if record.id in ids:
            raise _not_valid(f"{where}: the id {record.id} twice")
        ids.add(record.id)
        row = _row(record, where)
        if record.model_digest:
            _check_model(store, archive, record, where)
        if record.id not in known:
            rows.append(row)
            models += [record.id] if record.model_digest else []
    store.upkeep.add(rows)
    for run_id in models:
        store.keep_model(run_id, archive.read(_model_name(run_id)))
    return Imported(len(rows), len(models), len(ids & known))


def _record(store: Store, run: Run, with_model: bool, owners: bool) -> RunRecord | None:
    """A run as a line; `None` if this version can't read it."""
    events: list[Event | None] = [
        *store.points(run.id), store.report(run.id), store.surface(run.id),
    ]  # fmt: skip
    try:
        digest = run.request.digest
        return RunRecord(
            id=run.id,
            created=run.created.timestamp(),
            owner=run.owner if owners else "",
            name=run.name,
            status=run.status,
            message=run.message,
            seconds=run.seconds,
            started=run.started.timestamp() if run.started else None,
            parameters=run.parameters,
            estimated_bytes=run.estimated_bytes,
            pinned=run.pinned,
            sweep=run.sweep,
            shared=run.shared,
            digest=digest,
            request=run.request_json,
            model_digest=run.model_digest if with_model else "",
            events=tuple(event.model_dump(mode="json") for event in events if event is not None),
        )
    except (PlaygroundError, ValidationError):
        return None


def _records(archive: zipfile.ZipFile) -> Iterator[tuple[RunRecord, str]]:
    """The lines of the file, each with where it is, for errors."""
    if archive.getinfo(RUNS).file_size > MOST_BYTES:
        raise _not_valid(f"more than {byte_size(MOST_BYTES)} of runs")
    with archive.open(RUNS) as file:
        if _json(file.readline(LINE_BYTES), "line 1") != FORMAT:
            raise _not_valid("a first line that names another format")
        for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES), b""), 2):
            where = f"line {number}"
            try:
                yield RunRecord.model_validate(_json(line, where)), where
            except ValidationError as error:
                first = first_error(error)
                raise _not_valid(f"{where}, {first.path}: {first.message}") from None


def _json(line: bytes, where: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        raise _not_valid(f"{where}, which is no JSON") from None


def _row(record: RunRecord, where: str) -> tuple[RunRow, list[Event]]:
    """A run's row and its events, the end last. Raises `FileError` if they are not valid."""
    try:
        request = parse_request(record.request)
        events = [parse_event(json.dumps(event)) for event in record.events]
        end = {"kind": record.status, "message": record.message, "seconds": record.seconds}
        events.append(parse_event(json.dumps(end)))
    except (PlaygroundError, ValueError) as error:
        raise _not_valid(f"{where}: {error}") from None
    if request.digest != record.digest:
        raise _not_valid(f"{where}: a digest that is not the one of its request")
    if not all(isinstance(event, Epoch | Report | Surface) for event in events[:-1]):
        raise _not_valid(f"{where}: an event that is no epoch, report or surface")
    row = new_row(request, record.owner, record.name, "", record.estimated_bytes, record.sweep)
    row.id, row.created, row.started = record.id, record.created, record.started
    row.parameters, row.pinned = record.parameters, record.pinned
    row.shared = record.shared or not record.owner  # What nobody owns, nobody else would see.
    return row, events


def _check_model(store: Store, archive: zipfile.ZipFile, record: RunRecord, where: str) -> None:
    """Raises `FileError` if the model in the file is too large, or not the one of the run."""
    info = archive.getinfo(_model_name(record.id))
    if info.file_size > store.models.max_file_bytes:
        raise FileError(
            f"A trained model may take {byte_size(store.models.max_file_bytes)} here.",
            f"{where}: {byte_size(info.file_size)}",
            "Set FUSION_MODELS_BYTES, which is for all models, to ten times as much or more.",
        )
    if hashlib.sha256(archive.read(info)).hexdigest() != record.model_digest:
        raise _not_valid(f"{where}: a model that is not the one of its run")


def _model_name(run_id: str) -> str:
    return f"models/{run_id}.keras"


def _not_valid(received: str) -> FileError:
    return FileError(
        "The file must be an export of runs.",
        received,
        "Write one with `python -m components runs export FILE.zip`.",
    )
