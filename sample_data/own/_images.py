"""Reads a zip file of pictures: labels from the names of folders, or from a table inside."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from components.core.errors import DataError
from components.core.text import plural
from sample_data.columns.column import Column, array_column, text_column
from sample_data.core.limits import FILE_BYTES, IMAGES
from sample_data.core.zip_archive import files, opened
from sample_data.own._csv import read_csv
from sample_data.own._image_files import check_unpacked, common_size, file_content, stack
from sample_data.own.table import DataTable

_FIX = "Zip the folder that holds the pictures."
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
_ARCHIVES = (".zip", ".tar", ".gz", ".7z", ".rar", ".npz")


def read_images(source: bytes, name: str) -> DataTable:
    """Pictures (N, h, w, C) as bytes, all of one size, and their labels.

    The column `image` holds the pictures and `label` the names of their folders. With a table
    inside, each of its columns that names pictures holds them, and the others stay as they are.
    Raises `DataError` for pictures that cannot be read or are too large, names of missing pictures,
    and a table that cannot be read.
    """
    file = io.BytesIO(source)
    file.name = name
    with opened(file, _FIX) as archive:
        pictures, tables, notes = _sorted(archive, name)
        if tables:
            return _labelled_by_table(archive, name, pictures, tables[0], notes)
        entries = [pictures[path] for path in sorted(pictures)]
        labels = _folders(sorted(pictures), name)
        size = common_size(archive, entries, notes)
        column = array_column("image", "image", stack(archive, entries, size))
        return DataTable(name, (column, labels), tuple(notes))


def _labelled_by_table(
    archive: zipfile.ZipFile,
    name: str,
    pictures: Mapping[str, zipfile.ZipInfo],
    labels: zipfile.ZipInfo,
    notes: list[str],
) -> DataTable:
    table = read_csv(file_content(archive, labels, FILE_BYTES), labels.filename)
    named = _named(table, pictures, str(PurePosixPath(labels.filename).parent))
    entries = list({entry.filename: entry for each in named.values() for entry in each}.values())
    size = common_size(archive, entries, notes)
    stacked = stack(archive, entries, size)
    indices = {entry.filename: index for index, entry in enumerate(entries)}
    check_unpacked(sum(len(each) for each in named.values()), size)
    if spare := len(pictures) - len(entries):
        notes.append(f"{plural(spare, 'picture')} left out: the table does not name them.")
    columns = tuple(
        array_column(
            column.name, "image", stacked[[indices[e.filename] for e in named[column.name]]]
        )
        if column.name in named
        else column
        for column in table.columns
    )
    return DataTable(name, columns, (*table.notes, *notes))


def _sorted(
    archive: zipfile.ZipFile, name: str
) -> tuple[dict[str, zipfile.ZipInfo], list[zipfile.ZipInfo], list[str]]:
    """Pictures by path, tables, and a note on the other files."""
    kept = [entry for entry in files(archive) if not _is_junk(entry.filename)]
    for entry in kept:
        if entry.filename.lower().endswith(_ARCHIVES):
            raise DataError(
                "A zip file of pictures can't hold other archives.",
                entry.filename,
                "Unpack it, and zip the pictures themselves.",
            )
    pictures = {e.filename: e for e in kept if e.filename.lower().endswith(_ENDINGS)}
    tables = [e for e in kept if e.filename.lower().endswith(".csv")]
    if not pictures:
        endings = sorted({PurePosixPath(e.filename).suffix or "no ending" for e in kept})
        raise DataError(
            f"A zip file of data must hold pictures: {', '.join(_ENDINGS)}.",
            f"{name} with {', '.join(endings[:5]) or 'nothing'}",
            _FIX,
        )
    if len(pictures) > IMAGES:
        raise DataError(
            f"A zip file can't hold more than {IMAGES:,} pictures.",
            f"{name} with {len(pictures):,}",
            "Use a part of them.",
        )
    if len(tables) > 1:
        raise DataError(
            "A zip file of pictures may hold only one table.",
            ", ".join(entry.filename for entry in tables[:3]),
            "Join the tables into one, or leave the others out.",
        )
    rest = len(kept) - len(pictures) - len(tables)
    notes = [f"{plural(rest, 'file')} left out: neither pictures nor a table."] if rest else []
    return pictures, tables, notes


def _is_junk(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return any(part in _JUNK or part.startswith(".") for part in parts)


def _folders(paths: Sequence[str], name: str) -> Column:
    labels = [PurePosixPath(path).parent.name for path in paths]
    distinct = sorted(set(labels))
    if len(distinct) < 2:
        raise DataError(
            "Pictures must be in two or more folders, one for each class, or be labelled by a "
            "table.",
            f"{name} with all in {f'the folder {distinct[0]}' if distinct[0] else 'no folder'}",
            "Sort them into folders, or add a table with columns `file` and `label`.",
        )
    return text_column("label", np.array([distinct.index(x) for x in labels], np.int32), distinct)


def _named(
    table: DataTable, pictures: Mapping[str, zipfile.ZipInfo], folder: str
) -> dict[str, list[zipfile.ZipInfo]]:
    """Columns that name pictures, with the picture of each row."""
    by_name = _by_name(pictures, folder)
    named = {}
    nearest, most = "", 0
    for column in table.columns:
        entries = [by_name.get(text) for text in column.texts]
        hits = sum(entry is not None for entry in entries)
        if entries and hits == len(entries) and not column.missing:
            rows = (entries[index] for index in column.values)
            named[column.name] = [entry for entry in rows if entry]
        elif hits > most:
            nearest, most = column.name, hits
    named = named or _numbered(table, pictures)
    if named:
        return named
    if not nearest:
        raise DataError(
            "A table of labels must have a column that names the pictures.",
            ", ".join(table.names[:6]),
            f"Add one, with names such as `{next(iter(pictures))}`.",
        )
    column = table.column(nearest)
    lost = next((text for text in column.texts if text not in by_name), "an empty cell")
    raise DataError(
        f"Every picture that `{nearest}` names must be in the zip file.",
        lost,
        "Add the picture, or leave its row out.",
    )


def _numbered(
    table: DataTable, pictures: Mapping[str, zipfile.ZipInfo]
) -> dict[str, list[zipfile.ZipInfo]]:
    """A column of numbers that names a picture in each row, such as `7` for `007.png`."""
    stems = [(PurePosixPath(path).stem, entry) for path, entry in pictures.items()]
    numbered = {int(stem): entry for stem, entry in stems if stem.isdecimal() and stem.isascii()}
    for column in table.columns:
        if column.whole and column.distinct == len(column.values):
            named = [numbered.get(int(value)) for value in column.values]
            if all(named):
                return {column.name: [entry for entry in named if entry]}
    return {}


def _by_name(pictures: Mapping[str, zipfile.ZipInfo], folder: str) -> dict[str, zipfile.ZipInfo]:
    """Pictures by path, by path from the table's folder, and by name if it is unique."""
    by_name = dict(pictures)
    prefix = "" if folder == "." else f"{folder}/"
    for path, entry in pictures.items():
        if prefix and path.startswith(prefix):
            by_name.setdefault(path.removeprefix(prefix), entry)
    for part in ("name", "stem"):
        counted = Counter(getattr(PurePosixPath(path), part) for path in pictures)
        for path, entry in pictures.items():
            short = getattr(PurePosixPath(path), part)
            if counted[short] == 1:
                by_name.setdefault(short, entry)
    return by_name
