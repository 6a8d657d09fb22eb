"""Zip file of pictures, sequences and a table, one column of which names the files.

Without a table, the names of folders are the labels of pictures.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import PurePosixPath
from statistics import median
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from components.base.errors import DataError
from components.base.text import byte_size, plural, shape_text
from sample_data.columns.column import Column, DataTable, array_column, text_column
from sample_data.columns.preparation import padded, picture_pixels
from sample_data.columns.tables import PICTURES, by_short_names, is_junk
from sample_data.core.archives import files, opened, read_array
from sample_data.core.arrays import Array
from sample_data.core.limits import (
    FILE_BYTES,
    IMAGE_BYTES,
    IMAGE_PIXELS,
    IMAGE_SIDE,
    IMAGES,
    TOTAL_PIXELS,
    UNPACKED_BYTES,
)
from sample_data.own._csv import read_csv

Size: TypeAlias = tuple[int, int, int]
"""Height, width and channels."""
_Files: TypeAlias = list[zipfile.ZipInfo | None]
"""Files that the rows name; `None` where a cell is empty."""

_FIX = "Zip the folder that holds the pictures, or the table and the files that it names."
_ARRAY = ".npy"
_ARCHIVES = (".zip", ".tar", ".gz", ".7z", ".rar", ".npz")
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_GREY = ("1", "L", "I;16", "I", "F")


def read_images(source: bytes, name: str) -> DataTable:
    """Return pictures (N, h, w, C) as bytes, all of one size, and their labels.

    The column `image` holds the pictures and `label` the names of their folders. With a table
    inside, each of its columns that names pictures or `.npy` files holds these or the sequences (N,
    steps, features) in them, and the others stay unchanged. Raises `DataError` for files that
    cannot be read or are too large, names of missing ones, and a table that cannot be read.
    """
    file = io.BytesIO(source)
    file.name = name
    with opened(file, _FIX) as archive:
        pictures, tables, notes = _sorted(archive, name)
        if tables:
            return _from_table(archive, name, pictures, tables[0], notes)
        if any(map(_is_array, pictures)):
            raise DataError(
                "The zip file holds `.npy` files but no table that names them.",
                name,
                "Add a `.csv` with a column of their names.",
            )
        entries = [pictures[path] for path in sorted(pictures)]
        labels = _folders(sorted(pictures), name)
        size = _common_size(archive, entries, notes)
        column = array_column("image", "image", _stack(archive, entries, size), _as_picture(size))
        return DataTable(name, (column, labels), tuple(notes))


def _is_array(path: str) -> bool:
    return path.lower().endswith(_ARRAY)


def _from_table(
    archive: zipfile.ZipFile,
    name: str,
    media: Mapping[str, zipfile.ZipInfo],
    labels: zipfile.ZipInfo,
    notes: list[str],
) -> DataTable:
    table = read_csv(_content(archive, labels, FILE_BYTES), labels.filename)
    named = _named(table, media, str(PurePosixPath(labels.filename).parent))
    used = {entry.filename for each in named.values() for entry in each if entry}
    if spare := len(media) - len(used):
        notes.append(f"{plural(spare, 'file')} left out: the table does not name them.")
    sequences = {key: each for key, each in named.items() if _is_array(_first(each).filename)}
    pictures = {key: each for key, each in named.items() if key not in sequences}
    read = {
        **_pictures_of(archive, pictures, notes),
        **{key: _sequences(archive, key, each, notes) for key, each in sequences.items()},
    }
    columns = tuple(read.get(column.name, column) for column in table.columns)
    return DataTable(name, columns, (*table.notes, *notes))


def _first(each: _Files) -> zipfile.ZipInfo:
    return next(entry for entry in each if entry)


def _empty(each: _Files) -> Array:
    return np.array([entry is None for entry in each])


def _pictures_of(
    archive: zipfile.ZipFile, named: Mapping[str, _Files], notes: list[str]
) -> dict[str, Column]:
    """Return columns of pictures, all of one size; a picture that is named twice is read once.

    An empty cell is a black picture.
    """
    if not named:
        return {}
    read = {entry.filename: entry for each in named.values() for entry in each if entry}
    entries = list(read.values())
    size = _common_size(archive, entries, notes)
    stacked = np.concatenate([_stack(archive, entries, size), np.zeros((1, *size), np.uint8)])
    indices = {entry.filename: index for index, entry in enumerate(entries)}
    _check_bytes(sum(len(each) for each in named.values()) * prod(size))
    return {
        key: array_column(
            key,
            "image",
            stacked[[indices[e.filename] if e else len(entries) for e in each]],
            _as_picture(size),
            _empty(each),
        )
        for key, each in named.items()
    }


def _as_picture(size: Size) -> dict[str, Any]:
    return {"as": "picture", "size": list(size)}


def _sequences(archive: zipfile.ZipFile, column: str, named: _Files, notes: list[str]) -> Column:
    """Return a column of sequences (N, steps, features), padded with zeros, as empty cells are."""
    _check_bytes(sum(entry.file_size for entry in named if entry))
    read: dict[str, Array] = {}
    for entry in named:
        if entry and entry.filename not in read:
            read[entry.filename] = _sequence(archive, entry)
    name = _first(named).filename
    first = read[name]
    for path, array in read.items():
        if array.shape[1] != first.shape[1]:
            raise DataError(
                "The sequences of a column need the same number of features.",
                f"{first.shape[1]:,} in {name}, {array.shape[1]:,} in {path}",
                "Save them all as (steps, features).",
            )
    lengths = {len(array) for array in read.values()}
    shape = (len(named), max(lengths), first.shape[1])
    _check_bytes(prod(shape) * np.dtype(np.float32).itemsize)
    values = np.zeros(shape, np.float32)
    for row, entry in enumerate(named):
        if entry:
            values[row] = padded(read[entry.filename], shape[1])
    if len(lengths) > 1:
        notes.append(f"Sequences of `{column}` are filled with zeros to {max(lengths):,} steps.")
    return array_column(column, "timeseries", values, {"as": "sequence"}, _empty(named))


def _sequence(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    """Return the numbers of a file, (steps, features); one axis is one feature."""
    array = read_array(archive, entry)
    if array.ndim not in (1, 2) or not array.size or array.dtype.kind not in "biuf":
        raise DataError(
            "A sequence is a `.npy` file with numbers of shape (steps,) or (steps, features).",
            f"{entry.filename} of shape {shape_text(array.shape)} and {array.dtype}",
            "Save one sequence in each file.",
        )
    return padded(array, len(array))


def _sorted(
    archive: zipfile.ZipFile, name: str
) -> tuple[dict[str, zipfile.ZipInfo], list[zipfile.ZipInfo], list[str]]:
    """Return pictures and arrays by path, tables, and a note on the other files."""
    kept = [entry for entry in files(archive) if not is_junk(entry.filename)]
    for entry in kept:
        if entry.filename.lower().endswith(_ARCHIVES):
            raise DataError(
                "A zip file of data can't hold other archives.",
                entry.filename,
                "Unpack it, and zip the files themselves.",
            )
    media = (*PICTURES, _ARRAY)
    pictures = {e.filename: e for e in kept if e.filename.lower().endswith(media)}
    tables = [e for e in kept if e.filename.lower().endswith(".csv")]
    if not pictures:
        endings = sorted({PurePosixPath(e.filename).suffix or "no ending" for e in kept})
        raise DataError(
            f"The zip file holds no pictures ({', '.join(PICTURES)}) and no `.npy` files.",
            f"{', '.join(endings[:5]) or 'nothing'} in {name}",
            _FIX,
        )
    if len(pictures) > IMAGES:
        raise DataError(
            f"A zip file can't hold more than {IMAGES:,} pictures and sequences.",
            f"{name} with {len(pictures):,}",
            "Use a part of them.",
        )
    if len(tables) > 1:
        raise DataError(
            "A zip file of data may hold only one table.",
            ", ".join(entry.filename for entry in tables[:3]),
            "Join the tables into one, or leave the others out.",
        )
    rest = len(kept) - len(pictures) - len(tables)
    notes = [f"{plural(rest, 'file')} left out: no pictures, sequences or table."] if rest else []
    return pictures, tables, notes


def _folders(paths: Sequence[str], name: str) -> Column:
    labels = [PurePosixPath(path).parent.name for path in paths]
    distinct = sorted(set(labels))
    if len(distinct) < 2:
        raise DataError(
            "The pictures have no labels: they are not in one folder for each class, and no "
            "table names them.",
            f"{name} with all in {f'the folder {distinct[0]}' if distinct[0] else 'no folder'}",
            "Sort them into folders, or add a table with columns `file` and `label`.",
        )
    return text_column("label", np.array([distinct.index(x) for x in labels], np.int32), distinct)


def _named(
    table: DataTable, pictures: Mapping[str, zipfile.ZipInfo], folder: str
) -> dict[str, _Files]:
    """Return the columns that name pictures, with each row's picture; `None` for an empty cell."""
    by_name = by_short_names(pictures, folder)
    named: dict[str, _Files] = {}
    nearest, most = "", 0
    for column in table.columns:
        entries = [by_name.get(text) for text in column.texts]
        hits = sum(entry is not None for entry in entries)
        if entries and hits == len(entries):
            named[column.name] = [None if index < 0 else entries[index] for index in column.values]
        elif hits > most:
            nearest, most = column.name, hits
    named = named or _numbered(table, pictures)
    if named:
        return named
    if not nearest:
        raise DataError(
            "No column of the table names the pictures or `.npy` files.",
            ", ".join(table.names[:6]),
            f"Add one, with names such as `{next(iter(pictures))}`.",
        )
    column = table.column(nearest)
    lost = next(text for text in column.texts if text not in by_name)
    raise DataError(
        f"A file that the column `{nearest}` names is not in the zip file.",
        lost,
        "Add the file, or leave its row out.",
    )


def _numbered(table: DataTable, pictures: Mapping[str, zipfile.ZipInfo]) -> dict[str, _Files]:
    """Return a column of numbers that names a picture in each row, such as `7` for `007.png`."""
    stems = [(PurePosixPath(path).stem, entry) for path, entry in pictures.items()]
    numbered = {int(stem): entry for stem, entry in stems if stem.isdecimal() and stem.isascii()}
    for column in table.columns:
        if column.whole and column.distinct == len(column.values):
            named = [numbered.get(int(value)) for value in column.values]
            if all(named):
                return {column.name: [entry for entry in named if entry]}
    return {}


def _common_size(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], notes: list[str]
) -> Size:
    """Return height, width and channels for all pictures: their median, smaller if that is large.

    Raises `DataError` for pictures that cannot be read or are too large.
    """
    if len(entries) < 2:
        raise DataError(
            "At least two samples are needed.", f"{len(entries)} picture", "Add more pictures."
        )
    _check_bytes(sum(entry.file_size for entry in entries))
    heights, widths, grey, total = [], [], True, 0
    for entry in entries:
        with _opened(_content(archive, entry, IMAGE_BYTES), entry.filename) as picture:
            width, height = picture.size
            grey = grey and picture.mode in _GREY
        total += width * height
        if total > TOTAL_PIXELS:
            raise DataError(
                f"Pictures can't have more than {TOTAL_PIXELS:,} pixels in all.",
                f"more than that by {entry.filename}",
                "Use fewer, or smaller ones.",
            )
        heights.append(height)
        widths.append(width)
    tall, wide = median(heights), median(widths)
    factor = min(1.0, IMAGE_SIDE / max(tall, wide))
    height, width = (max(1, round(side * factor)) for side in (tall, wide))
    if len({*zip(heights, widths, strict=True)}) > 1 or factor < 1:
        notes.append(f"Pictures are resized to {height} × {width} pixels.")
    return height, width, 1 if grey else 3


def _check_bytes(needed: int) -> None:
    if needed > UNPACKED_BYTES:
        raise DataError(
            f"Pictures and sequences can't take more than {byte_size(UNPACKED_BYTES)} of memory.",
            byte_size(needed),
            "Use fewer, or smaller ones.",
        )


def _stack(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], size: tuple[int, int, int]
) -> Array:
    """Return pictures (N, height, width, channels) as bytes."""
    pictures = np.empty((len(entries), *size), np.uint8)
    for index, entry in enumerate(entries):
        content = _content(archive, entry, IMAGE_BYTES)
        pictures[index] = read_picture(content, entry.filename, size)
    return pictures


def read_picture(content: bytes, name: str, size: Sequence[int]) -> Array:
    """Return a picture as bytes of a size (height, width, channels). Raises `DataError`."""
    try:
        with _opened(content, name) as picture:
            return picture_pixels(picture, size)
    except DataError:
        raise
    except Exception as error:  # decoders raise many kinds of error for broken pictures
        raise _unreadable(name, error) from None


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Return a file of the archive. Raises `DataError` if it is larger than `most`."""
    if entry.file_size > most:
        raise DataError(
            f"A file in a zip file can't be larger than {byte_size(most)}.",
            f"{entry.filename} with {byte_size(entry.file_size)}",
            "Make it smaller.",
        )
    with archive.open(entry) as file:
        return file.read(entry.file_size)  # without a size, all is unpacked, whatever it claims


def _opened(content: bytes, name: str) -> Image.Image:
    """Open a picture, reading only its header. Raises `DataError`."""
    pixels = "far more"
    try:
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
        width, height = picture.size
        if width * height <= IMAGE_PIXELS:
            return picture
        pixels = f"{width:,} × {height:,}"
    except Image.DecompressionBombError:
        pass
    except Exception as error:  # decoders raise many kinds of error for broken pictures
        raise _unreadable(name, error) from None
    raise DataError(
        f"A picture can't have more than {IMAGE_PIXELS:,} pixels.",
        f"{name} with {pixels}",
        "Make it smaller.",
    )


def _unreadable(name: str, error: Exception) -> DataError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    if "cannot identify" in reason:
        reason = "no picture of these formats"
    return DataError(
        f"A picture can't be read; {', '.join(_FORMATS)} can.",
        f"{name}: {reason}",
        "Save it again, or leave it out.",
    )
