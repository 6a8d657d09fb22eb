"""Decodes the picture files of an archive into one array, within limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from PIL import Image

from components.core.errors import DataError
from components.core.text import byte_size
from sample_data.core.arrays import Array
from sample_data.core.limits import (
    IMAGE_BYTES,
    IMAGE_PIXELS,
    IMAGE_SIDE,
    TOTAL_PIXELS,
    UNPACKED_BYTES,
)
from sample_data.core.zip_archive import contents

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_GREY = ("1", "L", "I;16", "I", "F")
_USE_FEWER = "Use fewer, or smaller ones."


@dataclass(frozen=True)
class PictureSize:
    """The size that all pictures are brought to."""

    height: int
    width: int
    channels: int


def common_size(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], notes: list[str]
) -> PictureSize:
    """The median size of all pictures, smaller if that is large.

    Raises `DataError` for pictures that cannot be read or are too large.
    """
    if len(entries) < 2:
        raise DataError(
            "Data must have at least two samples.", f"{len(entries)} picture", "Add more pictures."
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES:
        raise DataError(
            f"Pictures can't take more than {byte_size(UNPACKED_BYTES)} unpacked.",
            byte_size(unpacked),
            _USE_FEWER,
        )
    heights, widths, grey, total = [], [], True, 0
    for entry in entries:
        with _picture(archive, entry) as picture:
            width, height = picture.size
            grey = grey and picture.mode in _GREY
        total += width * height
        if total > TOTAL_PIXELS:
            raise DataError(
                f"Pictures can't have more than {TOTAL_PIXELS:,} pixels in all.",
                f"more than that by {entry.filename}",
                _USE_FEWER,
            )
        heights.append(height)
        widths.append(width)
    tall, wide = median(heights), median(widths)
    factor = min(1.0, IMAGE_SIDE / max(tall, wide))
    size = PictureSize(max(1, round(tall * factor)), max(1, round(wide * factor)), 1 if grey else 3)
    if len({*zip(heights, widths, strict=True)}) > 1 or factor < 1:
        notes.append(f"Pictures are resized to {size.height} × {size.width} pixels.")
    check_unpacked(len(entries), size)
    return size


def check_unpacked(count: int, size: PictureSize) -> None:
    """Raises `DataError` if that many pictures don't fit into memory."""
    needed = count * size.height * size.width * size.channels
    if needed > UNPACKED_BYTES:
        raise DataError(
            f"Pictures of {size.height} × {size.width} can't take more than "
            f"{byte_size(UNPACKED_BYTES)}.",
            byte_size(needed),
            _USE_FEWER,
        )


def stack(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], size: PictureSize) -> Array:
    """Pictures (N, height, width, channels) as bytes."""
    pictures = np.empty((len(entries), size.height, size.width, size.channels), np.uint8)
    for index, entry in enumerate(entries):
        try:
            with _picture(archive, entry) as picture:
                pictures[index] = _pixels(picture, size)
        except DataError:
            raise
        except Exception as error:  # decoders raise many kinds of error for broken pictures
            raise _unreadable(entry, error) from None
    return pictures


def file_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """A file of the archive. Raises `DataError` if it is larger than `most`."""
    if entry.file_size > most:
        raise DataError(
            f"A file in a zip file can't be larger than {byte_size(most)}.",
            f"{entry.filename} with {byte_size(entry.file_size)}",
            "Make it smaller.",
        )
    return contents(archive, entry)


def _pixels(picture: Image.Image, size: PictureSize) -> Array:
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
    file = io.BytesIO(file_content(archive, entry, IMAGE_BYTES))
    try:
        picture = Image.open(file, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_large(entry, "far more") from None
    except Exception as error:  # decoders raise many kinds of error for broken pictures
        raise _unreadable(entry, error) from None
    width, height = picture.size
    if width * height > IMAGE_PIXELS:
        raise _too_large(entry, f"{width:,} × {height:,}")
    return picture


def _too_large(entry: zipfile.ZipInfo, pixels: str) -> DataError:
    return DataError(
        f"A picture can't have more than {IMAGE_PIXELS:,} pixels.",
        f"{entry.filename} with {pixels}",
        "Make it smaller.",
    )


def _unreadable(entry: zipfile.ZipInfo, error: Exception) -> DataError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    if "cannot identify" in reason:
        reason = "no picture of these formats"
    return DataError(
        f"Pictures must be readable: {', '.join(_FORMATS)}.",
        f"{entry.filename}: {reason}",
        "Save it again, or leave it out.",
    )
