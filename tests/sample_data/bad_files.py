"""Files that must be refused, by the sentence of the refusal."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


TWO_CLASSES = np.arange(20) % 2


def npz_of(x: Any, y: Any = TWO_CLASSES) -> bytes:
    return npz(x=x, y=y)


def zipped(entries: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def npy(descr: str, shape: str, size: int = 0, extra: str = "") -> bytes:
    """Return an array's file with any header, and that many bytes of zeros."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}{extra}}}"
    padded = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + b"\0" * size


def npy_of(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(shape))
    return file.getvalue()


def labels() -> bytes:
    file = io.BytesIO()
    np.save(file, TWO_CLASSES)
    return file.getvalue()


GOOD = npz_of(np.arange(40.0).reshape(20, 2))
LABELS = labels()


def with_header(descr: str, shape: str = "(20,)", size: int = 80, extra: str = "") -> bytes:
    return zipped({"x.npy": npy(descr, shape, size, extra), "y.npy": LABELS})


def picture(size: tuple[int, int] = (8, 8), form: str = "PNG", seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that claims to be that large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


PICTURES = {f"pets/{'cat' if i % 2 else 'dog'}/{i}.png": picture(seed=i) for i in range(6)}
FOUR = {f"{i}.png": picture() for i in range(4)}


def with_cat(content: bytes, name: str = "z.png") -> bytes:
    """Return a good file of pictures with one more."""
    return zipped({**PICTURES, f"pets/cat/{name}": content}, zipfile.ZIP_DEFLATED)


def with_table(text: bytes) -> bytes:
    return zipped({**PICTURES, "a.csv": text})


def patched(content: bytes, field: int, value: bytes) -> bytes:
    """Return a zip file with a field of its first entry in the table of contents changed."""
    at = content.index(b"PK\x01\x02") + field
    return content[:at] + value + content[at + len(value) :]


def bomb() -> bytes:
    """Return zeros of 210 MB in some 200 kB."""
    file, block = io.BytesIO(), b"\0" * 10_000_000
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as entry:
            entry.write(npy("'<f4'", "(20, 2625000)"))
            for _ in range(21):
                entry.write(block)
        archive.writestr("y.npy", LABELS)
    return file.getvalue()


class Evil:
    """Object whose pickle would run code."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('a pickle was run')",))


def pickled() -> bytes:
    objects = np.empty(20, object)
    objects[:] = [Evil() for _ in range(20)]
    return npz_of(objects)


def rows(count: int = 20, header: str = "a,b,label", cell: str = "{i},{j},{k}") -> str:
    return "\n".join([header, *(cell.format(i=i, j=i * 2, k=i % 2) for i in range(count))])


COLUMNS = "\n".join(",".join(f"{start}{i}" for i in range(600)) for start in ("a", "1", "2"))
CLASSES = "No column can be the label: it needs numbers, or 2 to 100 classes"
LEFT = "No column is left to predict from"

Content = str | bytes | Callable[[], bytes]
"""Text or bytes of a file; a function if they take long to make."""

NPZ: dict[str, dict[str, Content]] = {
    "The file is empty": {"empty": b""},
    "The file ends in `.npz`, but it has another format": {"no zip": b"hello there"},
    "which is a PNG picture": {"a png": picture()},
    "which is a Python pickle": {"a pickle": pickle.dumps({"x": 1})},
    "which is a single NumPy array": {"one bare array": LABELS},
    "The file can't be unpacked as a zip": {
        "truncated": GOOD[:-40],
        "exabytes claimed": with_header("'<f8'", "(20, 10**17)"),
        "code for a header": with_header("__import__('os').abort()"),
        "deep header": with_header("[" * 40 + "]" * 40),
        "unknown header field": with_header("'<f4'", extra=", 'more': 1"),
        "unknown dtype": with_header("'<q9'"),
        "unknown version": zipped({"x.npy": b"\x93NUMPY\x09\x00" + b"\0" * 100, "y.npy": LABELS}),
        "no array in it": zipped({"x.txt": b"hello", "y.txt": b"you"}),
        "a zip in it": zipped({"x.npz": GOOD, "y.npy": LABELS}),
    },
    "the header of x.npy cannot be read": {
        "an open header": with_header("'<f4"),
        "zeros for a header": with_header("'<f4'\0\0"),
    },
    "An array's header doesn't match the bytes that follow": {
        "2 GB claimed": with_header("'<f4'", "(20, 25000000)"),
        "exabytes in digits": with_header("'<f8'", f"(20, {10**17})"),
        "huge item": with_header("'<U500000000'"),
        "negative shape": with_header("'<f4'", "(-20, -1)"),
        "too few bytes": with_header("'<f4'", "(20, 3)", 230),
        "too many bytes": with_header("'<f4'", "(20, 3)", 250),
    },
    "Bad CRC-32": {
        "flipped bytes": GOOD.replace(b"\x00\x00\x08\x40", b"\x00\x01\x08\x41"),
        "a lie about its size": patched(GOOD, 24, struct.pack("<I", 200)),
    },
    "needs 2 to 500 arrays": {"no arrays": zipped({}), "one array": npz(x=np.zeros((20, 2)))},
    "2 to 500 arrays: a label": {
        "many arrays": lambda: zipped({f"a{i}.npy": LABELS for i in range(600)})
    },
    "can't hold more than 1,000 arrays": {
        "far too many arrays": lambda: zipped({f"a{i}.npy": b"" for i in range(1001)})
    },
    "table of contents can't take more than": {
        "table of contents": lambda: zipped({f"{i}" + "a" * 65_000: b"" for i in range(70)})
    },
    "can't hold Python objects": {
        "objects": npz_of(np.array([None] * 20)),
        "pickled code": pickled(),
    },
    "Arrays may hold only numbers or texts": {
        "records": npz_of(np.zeros(20, [("a", "f4"), ("b", "i4")])),
        "void": with_header("'|V8'", size=160),
    },
    "Arrays can't take more than 200 MB of memory": {"a zip bomb": bomb},
    "claims more bytes than it can hold": {
        "a bomb in its table of contents": patched(GOOD, 24, struct.pack("<I", 2_000_000_000))
    },
    "The zip file is encrypted": {"encrypted": patched(GOOD, 8, b"\1\0")},
    "packed in a way": {"lzma": zipped({"x.npy": LABELS, "y.npy": LABELS}, zipfile.ZIP_LZMA)},
    "A path in the zip file leads outside it": {
        "a path outside": zipped({"../x.npy": LABELS, "y.npy": LABELS}),
        "an absolute path": zipped({"/etc/x.npy": LABELS, "y.npy": LABELS}),
    },
    "one row for each sample": {"no dimension": npz_of(np.float64(1))},
    "at most three more axes": {"five dimensions": npz_of(np.zeros((20, 1, 1, 1, 2)))},
    "(x of shape (19, 2) and y of shape (20,))": {"other lengths": npz_of(np.zeros((19, 2)))},
    "An array can't be empty": {
        "no rows": npz_of(np.zeros((0, 2)), np.zeros(0)),
        "no columns": npz_of(np.zeros((20, 0))),
    },
    "Data need 2 to 200,000": {"one row": npz_of(np.zeros((1, 2)), np.zeros(1))},
    "Pictures need 1 to 16 channels": {"channels first": npz_of(np.zeros((20, 3, 32, 32)))},
    "`length` of an input of kind timeseries can be at most 4,096 (5,000 in x": {
        "a long series": npz_of(np.zeros((20, 5000, 1)))
    },
    "`features` of an input of kind vector can be at most 65,536 (70,000 in x": {
        "a wide vector": npz_of(np.zeros((2, 70_000)), np.arange(2))
    },
    CLASSES: {
        "one class": npz_of(np.ones((20, 2)), np.ones(20)),
        "no label": npz(x=np.ones((20, 2)), z=np.ones((20, 3, 4))),
    },
    LEFT: {"labels alone": npz(y=TWO_CLASSES, target=np.ones(20, int).astype(str))},
    "`x` has values that are not finite numbers (40 NaN and 0 infinite of 40 values": {
        "NaN": npz_of(np.full((20, 2), np.nan))
    },
    "0 NaN and 40 infinite": {"infinite": npz_of(np.full((20, 2), -np.inf))},
    "A number is too large": {"too large numbers": npz_of(np.resize([1e308, -1e308, 0], (20, 2)))},
    "An array of texts needs one text for each sample": {
        "texts in two axes": npz_of(np.full((20, 2), "a"))
    },
    "A class number is infinite": {
        "infinite labels": npz_of(np.ones((20, 2)), np.where(np.arange(20) % 2, np.inf, 0))
    },
}

CSV: dict[str, dict[str, Content]] = {
    "The file is empty": {"empty": ""},
    "The table is empty": {"blank": "\n\n \n"},
    "at least two rows": {"a header alone": "a,b,label\n", "one row": "a,b,label\n1,2,3\n"},
    "needs at least two columns: a label": {"one column": "a\n1\n2\n3\n"},
    "which is a PNG picture": {"a png": picture()},
    "which is a zip file": {"a zip": GOOD},
    "which is a Python pickle": {"a pickle": pickle.dumps([1])},
    "This is not a text file": {"binary": bytes(range(256)) * 20, "zeros": "a,b\n1,2\n\0\0\0"},
    "not UTF-16 throughout": {"broken UTF-16": b"\xff\xfea\x00,\x00b\x00\n\x00\x00\xd8\x01"},
    "not UTF-8 throughout": {"broken UTF-8": b"\xef\xbb\xbfa,b\n1,\xff\n"},
    "line 22 of data.csv with 2 instead of 3": {"a short row": rows() + "\n1,2"},
    "line 3 of data.csv with 3 instead of 2": {"a long row": "a,b\n1,2\n1,2,3\n3,4"},
    "Two columns have the same name": {"a name twice": "a,b,a\n1,2,3\n4,5,6"},
    "name can't have more than 200 characters": {"an endless name": f"{'a' * 300},b\n1,2\n3,4"},
    "A table can't have more than 500 columns": {
        "many columns": COLUMNS,
        "a first line without an end": "a," * 450_000,
    },
    "can't have more than 200,000 rows": {"many rows": "a,b\n" + "1,2\n" * 200_001},
    "A quote in the table is not closed": {
        "an open quote": 'a,b\n"1,2\n3,4\n',
        "a broken quote": 'a,b\n"1"2,2\n3,4\n',
    },
    "a cell has more than 131,072 characters": {"a huge cell": f"a,b\n1,{'x' * 200_000}\n2,y\n"},
    "can't have more than 1,000,000 characters": {"a huge row": f"a,b\n1,2\n{',' * 3_000_000}\n"},
    "two columns that are not empty": {"empty columns": "a,b\n1,\n2,\n3,\n"},
    LEFT: {
        "one class": "a,label\n1,yes\n2,yes\n3,yes\n",
        "row numbers alone": "\n".join(["id,label", *(f"{i},{i % 2}" for i in range(30))]),
    },
    CLASSES: {
        "all the same": "a,b\nx,yes\nx,yes\nx,yes\n",
        "all different": "\n".join(["a,b", *(f"u{i},v{i}" for i in range(200))]),
    },
    "`a` has values that are not finite numbers (0 NaN and 1 infinite of 21 values": {
        "an infinite number": rows() + "\ninf,3,1",
        "beyond floats": rows() + "\n1e999,3,1",
    },
}

ZIP: dict[str, dict[str, Content]] = {
    "The file is empty": {"empty": b""},
    "The file ends in `.zip`, but it has another format": {"no zip": b"no zip at all"},
    "which is a PNG picture": {"a png": picture()},
    "The file can't be unpacked as a zip": {"truncated": zipped(PICTURES)[:-60]},
    "holds no pictures": {
        "no pictures": zipped({"a.txt": b"a"}),
        "nothing": zipped({}),
        "an Excel sheet": zipped({"[Content_Types].xml": b"<a/>"}),
    },
    "but no table that names them": {"arrays": GOOD},
    "A sequence is a `.npy` file": {
        "pictures as arrays": zipped(
            {"t.csv": b"f,l\n0.npy,1\n0.npy,0\n", "0.npy": npy_of((4, 4, 3))}
        )
    },
    "the same number of features": {
        "features that differ": zipped(
            {"t.csv": b"f,l\n0.npy,1\n1.npy,0\n", "0.npy": npy_of((5, 2)), "1.npy": npy_of((5, 3))}
        )
    },
    "can't hold other archives": {"nested": zipped({**PICTURES, "more.zip": zipped(PICTURES)})},
    "all in the folder a": {"one folder": zipped({f"a/{name}": FOUR[name] for name in FOUR})},
    "all in no folder": {"no folder": zipped(FOUR)},
    "At least two samples": {
        "one picture": zipped({"a/x.png": picture(), "t.csv": b"file,label\nx.png,1\nx.png,0\n"})
    },
    "A picture can't be read": {
        "no picture": with_cat(b"hello"),
        "half a picture": with_cat(picture()[:60]),
        "half a jpeg": with_cat(picture((64, 64), "JPEG")[:700], "z.jpg"),
        "pixels that are not there": with_cat(png_of(3000, 3000)),
    },
    "no picture of these formats": {
        "another format": with_cat(picture(form="TIFF")),
        "an SVG": with_cat(b"<svg/>"),
    },
    "16,000,000 pixels (pets/cat/z.png with 5,000 × 5,000": {
        "a large picture": with_cat(png_of(5000, 5000))
    },
    "A picture can't have more than 16,000,000 pixels": {
        "a picture bomb": with_cat(png_of(60_000, 60_000))
    },
    "can't have more than 500,000,000 pixels in all": {
        "many pixels": zipped({f"{i % 2}/{i}.png": png_of(4000, 4000) for i in range(40)})
    },
    "can't hold more than 10,000 pictures": {
        "many pictures": lambda: zipped({f"{i % 2}/{i}.png": b"" for i in range(10_001)})
    },
    "can't be larger than 20 MB": {"a large file": lambda: with_cat(b"\0" * 20_000_001)},
    "A path in the zip file leads outside it": {
        "a path outside": zipped({**PICTURES, "../../z.png": picture()}),
        "a path of Windows": zipped(PICTURES).replace(b"pets/cat/1.png", b"pets\\cat\\1.png"),
    },
    "may hold only one table": {
        "two tables": zipped({**PICTURES, "a.csv": b"a,b", "b.csv": b"a,b"})
    },
    "No column of the table names": {"a table of nothing": with_table(b"a,b\n1.5,22\n3,44\n")},
    "`f` names is not in the zip file (99.png": {
        "a table of lost pictures": with_table(b"f,l\n0.png,x\n1.png,y\n99.png,x\n")
    },
    "A row has more or fewer cells": {"a broken table": with_table(b"f,l\n0.png\n")},
    "Bad CRC-32": {
        "a lie about its size": patched(
            zipped(PICTURES, zipfile.ZIP_DEFLATED), 24, struct.pack("<I", 150)
        ),
        "far more than it claims": lambda: patched(
            zipped({"a/x.png": b"\0" * 100_000_000, **PICTURES}, zipfile.ZIP_DEFLATED),
            24,
            struct.pack("<I", 150),
        ),
    },
    "is encrypted": {"encrypted": patched(zipped(PICTURES), 8, b"\1\0")},
}

ALL: dict[str, tuple[str, Content, str]] = {
    f"data{ending}: {what}": (f"data{ending}", content, sentence)
    for ending, sentences in ((".npz", NPZ), (".csv", CSV), (".zip", ZIP))
    for sentence, files in sentences.items()
    for what, content in files.items()
}
"""Name, content and sentence of each bad file."""


def content_of(content: Content) -> bytes:
    if isinstance(content, str):
        return content.encode()
    return content if isinstance(content, bytes) else content()
