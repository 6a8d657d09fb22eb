"""Reads a zip file of pictures: labels from the names of folders, or from a table inside."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from statistics import median

import numpy as np
from PIL import Image

from components.core.errors import DataError
from components.core.text import byte_size
from sample_data.core.arrays import Array
from sample_data.core.zip_archive import contents, files, opened
from sample_data.own._csv import read_csv
from sample_data.own.limits import (
    FILE_BYTES,
    IMAGE_BYTES,
    IMAGE_PIXELS,
    IMAGE_SIDE,
    IMAGES,
    TOTAL_PIXELS,
    UNPACKED_BYTES,
)
from sample_data.own.table import Column, DataTable, array, texts

_FORM = "Pictures come in a zip file: a folder for each class, or with a table of labels."
_MEND = "Zip the folder that holds the pictures."
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
_ARCHIVES = (".zip", ".tar", ".gz", ".7z", ".rar", ".npz")
_GREY = ("1", "L", "I;16", "I", "F")


@dataclass(frozen=True)
class _Size:
    height: int
    width: int
    channels: int


def read_images(source: bytes, name: str) -> DataTable:
    """Pictures (N, h, w, C) as bytes, all of one size, and their labels.

    The column `image` holds the pictures and `label` the names of their folders. With a table
    inside, each of its columns that names pictures holds them, and the others stay as they are.
    Raises `DataError` for pictures that cannot be read or are too large, names that are not there,
    and all that a table can be refused for.
    """
    file = io.BytesIO(source)
    file.name = name
    with opened(file, _FORM, _MEND) as archive:
        pictures, tables, notes = _sorted(archive, name)
        if not tables:
            entries = [pictures[path] for path in sorted(pictures)]
            labels = _folders(sorted(pictures), name)
            size = _common_size(archive, entries, notes)
            shown = array("image", "image", _stack(archive, entries, size))
            return DataTable(name, (shown, labels), tuple(notes))
        table = read_csv(_held(archive, tables[0], FILE_BYTES), tables[0].filename)
        folder = str(PurePosixPath(tables[0].filename).parent)
        named = _named(table, pictures, folder)
        entries = list(
            {entry.filename: entry for each in named.values() for entry in each}.values()
        )
        size = _common_size(archive, entries, notes)
        stacked = _stack(archive, entries, size)
        places = {entry.filename: place for place, entry in enumerate(entries)}
        _check_unpacked(sum(len(each) for each in named.values()), size)
        if spare := len(pictures) - len(entries):
            notes.append(f"{_some(spare, 'picture')} left out: the table does not name them.")
        columns = tuple(
            array(column.name, "image", stacked[[places[e.filename] for e in named[column.name]]])
            if column.name in named
            else column
            for column in table.columns
        )
        return DataTable(name, columns, (*table.notes, *notes))


def _sorted(
    archive: zipfile.ZipFile, name: str
) -> tuple[dict[str, zipfile.ZipInfo], list[zipfile.ZipInfo], list[str]]:
    """Pictures by path, tables, and what is to be said of the rest."""
    kept = [entry for entry in files(archive) if not _is_junk(entry.filename)]
    for entry in kept:
        if entry.filename.lower().endswith(_ARCHIVES):
            raise DataError(
                "A zip file of pictures holds no other archives.",
                entry.filename,
                "Unpack it, and zip the pictures themselves.",
            )
    pictures = {e.filename: e for e in kept if e.filename.lower().endswith(_ENDINGS)}
    tables = [e for e in kept if e.filename.lower().endswith(".csv")]
    if not pictures:
        held = ", ".join(
            sorted({PurePosixPath(e.filename).suffix or "no ending" for e in kept})[:5]
        )
        raise DataError(
            f"A zip file of data holds pictures: {', '.join(_ENDINGS)}.",
            f"{name} with {held or 'nothing'}",
            _MEND,
        )
    if len(pictures) > IMAGES:
        raise DataError(
            f"A zip file holds at most {IMAGES:,} pictures.",
            f"{name} with {len(pictures):,}",
            "Send a part of them.",
        )
    if len(tables) > 1:
        raise DataError(
            "A zip file of pictures holds at most one table.",
            ", ".join(entry.filename for entry in tables[:3]),
            "Join the tables into one, or leave the others out.",
        )
    rest = len(kept) - len(pictures) - len(tables)
    notes = [f"{_some(rest, 'file')} left out: neither pictures nor a table."] if rest else []
    return pictures, tables, notes


def _some(count: int, what: str) -> str:
    return f"{count:,} {what if count == 1 else what + 's'}"


def _is_junk(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return any(part in _JUNK or part.startswith(".") for part in parts)


def _folders(paths: Sequence[str], name: str) -> Column:
    labels = [PurePosixPath(path).parent.name for path in paths]
    distinct = sorted(set(labels))
    if len(distinct) < 2:
        raise DataError(
            "Pictures stand in two or more folders, one for each class, or a table labels them.",
            f"{name} with all in {f'the folder {distinct[0]}' if distinct[0] else 'no folder'}",
            "Sort them into folders, or add a table with columns `file` and `label`.",
        )
    return texts("label", np.array([distinct.index(x) for x in labels], np.int32), distinct)


def _named(
    table: DataTable, pictures: Mapping[str, zipfile.ZipInfo], folder: str
) -> dict[str, list[zipfile.ZipInfo]]:
    """Columns that name pictures, with the picture of each row."""
    by_name = _by_name(pictures, folder)
    found = {}
    nearest, most = "", 0
    for column in table.columns:
        known = [by_name.get(text) for text in column.texts]
        hits = sum(entry is not None for entry in known)
        if known and hits == len(known) and not column.missing:
            found[column.name] = [entry for entry in (known[i] for i in column.values) if entry]
        elif hits > most:
            nearest, most = column.name, hits
    found = found or _numbered(table, pictures)
    if found:
        return found
    if not nearest:
        raise DataError(
            "A table of labels has a column that names the pictures.",
            ", ".join(table.names[:6]),
            f"Add one, with names such as `{next(iter(pictures))}`.",
        )
    column = table.column(nearest)
    lost = next((text for text in column.texts if text not in by_name), "an empty cell")
    raise DataError(
        f"Every picture that `{nearest}` names is in the zip file.",
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
    """Pictures by all they may be called: the path, that from the table on, and an only name."""
    called = dict(pictures)
    prefix = "" if folder == "." else f"{folder}/"
    for path, entry in pictures.items():
        if prefix and path.startswith(prefix):
            called.setdefault(path.removeprefix(prefix), entry)
    for part in ("name", "stem"):
        counted = Counter(getattr(PurePosixPath(path), part) for path in pictures)
        for path, entry in pictures.items():
            short = getattr(PurePosixPath(path), part)
            if counted[short] == 1:
                called.setdefault(short, entry)
    return called


def _common_size(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], notes: list[str]
) -> _Size:
    """One size for all: theirs where it is one, made smaller where it is large."""
    if len(entries) < 2:
        raise DataError(
            "Data has at least two samples.", f"{len(entries)} picture", "Add more pictures."
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES:
        raise DataError(
            f"Pictures take at most {byte_size(UNPACKED_BYTES)} unpacked.",
            byte_size(unpacked),
            "Send fewer, or smaller ones.",
        )
    heights, widths, grey, total = [], [], True, 0
    for entry in entries:
        with _picture(archive, entry) as picture:
            width, height = picture.size
            grey = grey and picture.mode in _GREY
        total += width * height
        if total > TOTAL_PIXELS:
            raise DataError(
                f"Pictures have at most {TOTAL_PIXELS:,} pixels in all.",
                f"more than that by {entry.filename}",
                "Send fewer, or smaller ones.",
            )
        heights.append(height)
        widths.append(width)
    tall, wide = median(heights), median(widths)
    factor = min(1.0, IMAGE_SIDE / max(tall, wide))
    size = _Size(max(1, round(tall * factor)), max(1, round(wide * factor)), 1 if grey else 3)
    if len({*zip(heights, widths, strict=True)}) > 1 or factor < 1:
        notes.append(f"Pictures are resized to {size.height} × {size.width} pixels.")
    _check_unpacked(len(entries), size)
    return size


def _check_unpacked(count: int, size: _Size) -> None:
    needed = count * size.height * size.width * size.channels
    if needed > UNPACKED_BYTES:
        raise DataError(
            f"Pictures of {size.height} × {size.width} take at most {byte_size(UNPACKED_BYTES)}.",
            byte_size(needed),
            "Send fewer, or smaller ones.",
        )


def _stack(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], size: _Size) -> Array:
    made = np.empty((len(entries), size.height, size.width, size.channels), np.uint8)
    for place, entry in enumerate(entries):
        try:
            with _picture(archive, entry) as picture:
                made[place] = _pixels(picture, size)
        except DataError:
            raise
        except Exception as error:  # decoders of broken pictures raise all there is
            raise _unreadable(entry, error) from None
    return made


def _pixels(picture: Image.Image, size: _Size) -> Array:
    wanted = (size.width, size.height)
    picture.draft("RGB" if size.channels == 3 else "L", (2 * size.width, 2 * size.height))
    if picture.mode in ("I;16", "I", "F"):
        levels = np.asarray(picture, dtype=np.float64)
        top = 65535 if picture.mode == "I;16" else max(float(levels.max()), 1.0)
        picture = Image.fromarray((levels.clip(0, top) * (255 / top)).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        picture = Image.new("RGB", clear.size, "white")
        picture.paste(clear, mask=clear.getchannel("A"))
    picture = picture.convert("L" if size.channels == 1 else "RGB")
    if picture.size != wanted:
        picture = picture.resize(wanted, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(picture).reshape(size.height, size.width, size.channels)


def _picture(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Image.Image:
    """The picture, of which only the header is read yet."""
    held = io.BytesIO(_held(archive, entry, IMAGE_BYTES))
    try:
        picture = Image.open(held, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_large(entry, "far more") from None
    except Exception as error:  # decoders of broken pictures raise all there is
        raise _unreadable(entry, error) from None
    width, height = picture.size
    if width * height > IMAGE_PIXELS:
        raise _too_large(entry, f"{width} × {height}")
    return picture


def _held(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    if entry.file_size > most:
        raise DataError(
            f"A file within a zip file takes at most {byte_size(most)}.",
            f"{entry.filename} with {byte_size(entry.file_size)}",
            "Make it smaller.",
        )
    return contents(archive, entry)


def _too_large(entry: zipfile.ZipInfo, said: str) -> DataError:
    return DataError(
        f"A picture has at most {IMAGE_PIXELS:,} pixels.",
        f"{entry.filename} with {said}",
        "Make it smaller.",
    )


def _unreadable(entry: zipfile.ZipInfo, error: Exception) -> DataError:
    said = (str(error).splitlines() or [type(error).__name__])[0]
    if "cannot identify" in said:
        said = "no picture of these formats"
    return DataError(
        f"Pictures can be read: {', '.join(_FORMATS)}.",
        f"{entry.filename}: {said}",
        "Save it once more, or leave it out.",
    )
