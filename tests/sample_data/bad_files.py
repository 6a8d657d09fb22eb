"""Files that must be refused, each with what the refusal says; made anew at every call."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

Made = Callable[[], bytes]


def npz(**arrays: Any) -> bytes:
    held = io.BytesIO()
    np.savez(held, **arrays)
    return held.getvalue()


def good() -> bytes:
    return npz(x=np.arange(40.0).reshape(20, 2), y=np.arange(20) % 2)


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return held.getvalue()


def npy(descr: str, shape: str, data: bytes = b"", extra: str = "") -> bytes:
    """An array's file with any header."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}{extra}}}"
    padded = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + data


def array(values: Any) -> bytes:
    held = io.BytesIO()
    np.save(held, values)
    return held.getvalue()


LABELS = array(np.arange(20) % 2)


def with_array(content: bytes) -> bytes:
    return zipped({"x.npy": content, "y.npy": LABELS})


def picture(size: tuple[int, int] = (8, 8), form: str = "PNG", seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, form)
    return held.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is that large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def pictures() -> dict[str, bytes]:
    return {f"pets/{'cat' if i % 2 else 'dog'}/{i}.png": picture(seed=i) for i in range(6)}


def patched(held: bytes, field: int, value: bytes) -> bytes:
    """A zip file with a field of its first entry in the table of contents changed."""
    at = held.index(b"PK\x01\x02") + field
    return held[:at] + value + held[at + len(value) :]


def bomb() -> bytes:
    """Zeros of 210 MB in some 200 kB."""
    held, block = io.BytesIO(), b"\0" * 10_000_000
    head = npy("'<f4'", "(20, 2625000)")
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as file,
    ):
        file.write(head)
        for _ in range(21):
            file.write(block)
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr("y.npy", LABELS)
    return held.getvalue()


class Evil:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('a pickle was run')",))


def pickled() -> bytes:
    objects = np.empty(20, object)
    objects[:] = [Evil() for _ in range(20)]
    return npz(x=objects, y=np.arange(20) % 2)


def rows(count: int = 20, header: str = "a,b,label", cell: str = "{i},{j},{k}") -> str:
    return "\n".join([header, *(cell.format(i=i, j=i * 2, k=i % 2) for i in range(count))])


def csv(text: str) -> Made:
    return lambda: text.encode()


NPZ: dict[str, tuple[Made, str]] = {
    "empty": (lambda: b"", "The file can't be empty"),
    "no zip": (lambda: b"hello there", "A file that ends in `.npz` must have that format"),
    "a png": (lambda: picture(), "which is a PNG picture"),
    "a pickle": (lambda: pickle.dumps({"x": 1}), "which is a Python pickle"),
    "one bare array": (lambda: LABELS, "which is a single NumPy array"),
    "truncated": (lambda: good()[:-40], "The file must be a readable zip"),
    "half": (lambda: good()[: len(good()) // 2], "The file must be a readable zip"),
    "first bytes": (lambda: good()[:10], "The file must be a readable zip"),
    "flipped bytes": (lambda: good().replace(b"\x00\x00\x08\x40", b"\x00\x01\x08\x41"), "Bad CRC"),
    "no arrays": (lambda: zipped({}), "at least two arrays"),
    "one array": (lambda: npz(x=np.zeros((20, 2))), "at least two arrays"),
    "many arrays": (
        lambda: zipped({f"a{i}.npy": LABELS for i in range(600)}),
        "can't have more than 500 arrays",
    ),
    "far too many arrays": (
        lambda: zipped({f"a{i}.npy": b"" for i in range(1001)}),
        "can't hold more than 1,000 arrays",
    ),
    "table of contents": (
        lambda: zipped({f"{i}" + "a" * 65_000: b"" for i in range(70)}),
        "table of contents can't take more than",
    ),
    "objects": (lambda: npz(x=np.array([None] * 20), y=np.arange(20)), "can't hold Python objects"),
    "pickled code": (pickled, "can't hold Python objects"),
    "records": (
        lambda: npz(x=np.zeros(20, [("a", "f4"), ("b", "i4")]), y=np.arange(20)),
        "Arrays may hold only numbers or texts",
    ),
    "complex": (lambda: npz(x=np.zeros(20, complex), y=np.arange(20)), "numbers or texts"),
    "dates": (lambda: npz(x=np.zeros(20, "M8[s]"), y=np.arange(20)), "numbers or texts"),
    "void": (lambda: with_array(npy("'|V8'", "(20,)", b"\0" * 160)), "numbers or texts"),
    "2 GB claimed": (
        lambda: with_array(npy("'<f4'", "(20, 25000000)", b"\0" * 80)),
        "An array's header must match the bytes that follow",
    ),
    "exabytes claimed": (
        lambda: with_array(npy("'<f8'", "(20, 10**17)", b"\0" * 80)),
        "The file must be a readable zip",
    ),
    "exabytes in digits": (
        lambda: with_array(npy("'<f8'", f"(20, {10**17})", b"\0" * 80)),
        "An array's header must match the bytes that follow",
    ),
    "huge item": (
        lambda: with_array(npy("'<U500000000'", "(20,)", b"\0" * 80)),
        "An array's header must match the bytes that follow",
    ),
    "negative shape": (
        lambda: with_array(npy("'<f4'", "(-20, -1)", b"\0" * 80)),
        "An array's header must match the bytes that follow",
    ),
    "too few bytes": (
        lambda: with_array(npy("'<f4'", "(20, 3)", b"\0" * 230)),
        "An array's header must match the bytes that follow",
    ),
    "too many bytes": (
        lambda: with_array(npy("'<f4'", "(20, 3)", b"\0" * 250)),
        "An array's header must match the bytes that follow",
    ),
    "code for a header": (
        lambda: with_array(npy("__import__('os').abort()", "(20,)", b"\0" * 80)),
        "The file must be a readable zip",
    ),
    "deep header": (
        lambda: with_array(npy("[" * 40 + "]" * 40, "(20,)", b"\0" * 80)),
        "The file must be a readable zip",
    ),
    "unknown header field": (
        lambda: with_array(npy("'<f4'", "(20,)", b"\0" * 80, ", 'more': 1")),
        "The file must be a readable zip",
    ),
    "an open header": (
        lambda: with_array(npy("'<f4", "(20,)", b"\0" * 80)),
        "the header of x.npy cannot be read",
    ),
    "zeros for a header": (
        lambda: with_array(npy("'<f4'\0\0", "(20,)", b"\0" * 80)),
        "the header of x.npy cannot be read",
    ),
    "unknown dtype": (
        lambda: with_array(npy("'<q9'", "(20,)", b"\0" * 80)),
        "The file must be a readable zip",
    ),
    "unknown version": (
        lambda: with_array(b"\x93NUMPY\x09\x00" + b"\0" * 100),
        "The file must be a readable zip",
    ),
    "no array in it": (
        lambda: zipped({"x.txt": b"hello", "y.txt": b"you"}),
        "The file must be a readable zip",
    ),
    "a zip in it": (
        lambda: zipped({"x.npz": good(), "y.npy": LABELS}),
        "The file must be a readable zip",
    ),
    "a zip bomb": (bomb, "Arrays can't take more than 200 MB of memory"),
    "a bomb in its table of contents": (
        lambda: patched(good(), 24, struct.pack("<I", 2_000_000_000)),
        "can't claim more bytes than its own can hold",
    ),
    "a lie about its size": (
        lambda: patched(good(), 24, struct.pack("<I", 200)),
        "Bad CRC-32",
    ),
    "encrypted": (
        lambda: patched(good(), 8, struct.pack("<H", 1)),
        "A zip file of data can't be encrypted",
    ),
    "lzma": (
        lambda: zipped({"x.npy": LABELS, "y.npy": LABELS}, zipfile.ZIP_LZMA),
        "stored or deflated",
    ),
    "a path outside": (
        lambda: zipped({"../x.npy": LABELS, "y.npy": LABELS}),
        "Paths in a zip file must stay inside it",
    ),
    "an absolute path": (
        lambda: zipped({"/etc/x.npy": LABELS, "y.npy": LABELS}),
        "Paths in a zip file must stay inside it",
    ),
    "no dimension": (lambda: npz(x=np.float64(1), y=np.arange(20)), "one row for each sample"),
    "five dimensions": (
        lambda: npz(x=np.zeros((20, 1, 1, 1, 2)), y=np.arange(20)),
        "at most three more axes",
    ),
    "other lengths": (
        lambda: npz(x=np.zeros((19, 2)), y=np.arange(20)),
        "Received `x of shape (19, 2) and y of shape (20,)`",
    ),
    "no rows": (lambda: npz(x=np.zeros((0, 2)), y=np.zeros(0)), "An array can't be empty"),
    "no columns": (lambda: npz(x=np.zeros((20, 0)), y=np.arange(20)), "An array can't be empty"),
    "one row": (lambda: npz(x=np.zeros((1, 2)), y=np.zeros(1)), "Data must have from 2 to 200,000"),
    "channels first": (
        lambda: npz(x=np.zeros((20, 3, 32, 32)), y=np.arange(20)),
        "Pictures must have 1 to 16 channels",
    ),
    "a long series": (
        lambda: npz(x=np.zeros((20, 5000, 1)), y=np.arange(20)),
        "`length` of an input of kind timeseries must be at most 4,096. Received `5,000 in x`",
    ),
    "a wide vector": (
        lambda: npz(x=np.zeros((2, 70_000)), y=np.arange(2)),
        "`features` of an input of kind vector must be at most 65,536. Received `70,000 in x`",
    ),
    "one class": (
        lambda: npz(x=np.ones((20, 2)), y=np.ones(20)),
        "A label must be numbers or have from 2 to",
    ),
    "no label": (
        lambda: npz(x=np.ones((20, 2)), z=np.ones((20, 3, 4))),
        "A label must be numbers or have from 2 to 100 classes",
    ),
    "labels alone": (
        lambda: npz(y=np.arange(20) % 2, target=np.ones(20, int).astype(str)),
        "At least one column must be left to predict from",
    ),
    "NaN": (
        lambda: npz(x=np.full((20, 2), np.nan), y=np.arange(20) % 2),
        "Every value of `x` must be a finite number. Received `40 NaN and 0 infinite of 40 values`",
    ),
    "infinite": (
        lambda: npz(x=np.full((20, 2), -np.inf), y=np.arange(20) % 2),
        "0 NaN and 40 infinite",
    ),
    "too large numbers": (
        lambda: npz(x=np.resize([1e308, -1e308, 0], (20, 2)), y=np.arange(20) % 2),
        "Numbers must fit single precision",
    ),
    "texts in two axes": (
        lambda: npz(x=np.full((20, 2), "a"), y=np.arange(20)),
        "An array of texts must have one text for each sample",
    ),
    "infinite labels": (
        lambda: npz(x=np.arange(40.0).reshape(20, 2), y=np.where(np.arange(20) % 2, np.inf, 0)),
        "Class numbers must be finite",
    ),
}

CSV: dict[str, tuple[Made, str]] = {
    "empty": (csv(""), "The file can't be empty"),
    "blank": (csv("\n\n \n"), "A table must have a header and a row for each sample"),
    "a header alone": (csv("a,b,label\n"), "at least two rows"),
    "one row": (csv("a,b,label\n1,2,3\n"), "at least two rows"),
    "one column": (csv("a\n1\n2\n3\n"), "at least two columns"),
    "a png": (lambda: picture(), "which is a PNG picture"),
    "a jpeg": (lambda: picture(form="JPEG"), "which is a JPEG picture"),
    "a zip": (good, "which is a zip file"),
    "a pickle": (lambda: pickle.dumps([1]), "which is a Python pickle"),
    "a pdf": (csv("%PDF-1.7 and so on"), "which is a PDF document"),
    "gzip": (lambda: b"\x1f\x8b\x08\x00" + b"x" * 50, "which is a gzip file"),
    "binary": (lambda: bytes(range(256)) * 20, "bytes that are no text"),
    "zeros": (lambda: b"a,b\n1,2\n\0\0\0", "bytes that are no text"),
    "broken UTF-16": (
        lambda: b"\xff\xfea\x00,\x00b\x00\n\x00\x00\xd8\x01",
        "not UTF-16 throughout",
    ),
    "broken UTF-8": (lambda: b"\xef\xbb\xbfa,b\n1,\xff\n", "not UTF-8 throughout"),
    "a short row": (csv(rows() + "\n1,2"), "line 22 of data.csv with 2 instead of 3"),
    "a long row": (csv("a,b\n1,2\n1,2,3\n3,4"), "line 3 of data.csv with 3 instead of 2"),
    "a name twice": (csv("a,b,a\n1,2,3\n4,5,6"), "Names of columns must differ"),
    "an endless name": (
        csv(f"{'a' * 300},b\n1,2\n3,4"),
        "name can't have more than 200 characters",
    ),
    "many columns": (
        csv("\n".join(",".join(f"{start}{i}" for i in range(600)) for start in ("a", "1", "2"))),
        "can't have more than 500 columns",
    ),
    "many rows": (csv("a,b\n" + "1,2\n" * 200_001), "can't have more than 200,000 rows"),
    "an open quote": (csv('a,b\n"1,2\n3,4\n'), "Quotes in a table must be closed"),
    "a broken quote": (csv('a,b\n"1"2,2\n3,4\n'), "Quotes in a table must be closed"),
    "a huge cell": (
        csv(f"a,b\n1,{'x' * 200_000}\n2,y\n"),
        "can't have more than 131,072 characters",
    ),
    "a huge row": (
        csv("a,b\n1,2\n" + "," * 3_000_000 + "\n"),
        "can't have more than 1,000,000 characters",
    ),
    "empty columns": (csv("a,b\n1,\n2,\n3,\n"), "two columns that are not empty"),
    "one class": (csv("a,label\n1,yes\n2,yes\n3,yes\n"), "At least one column must be left"),
    "all the same": (
        csv("a,b\nx,yes\nx,yes\nx,yes\n"),
        "A label must be numbers or have from 2 to 100 classes",
    ),
    "all different": (
        csv("\n".join(["a,b", *(f"u{i},v{i}" for i in range(200))])),
        "A label must be numbers or have from 2 to 100 classes",
    ),
    "row numbers alone": (
        csv("\n".join(["id,label", *(f"{i},{i % 2}" for i in range(30))])),
        "At least one column must be left to predict from",
    ),
    "an infinite number": (
        csv(rows() + "\ninf,3,1"),
        "Every value of `a` must be a finite number. Received `0 NaN and 1 infinite of 21 values`",
    ),
    "beyond floats": (csv(rows() + "\n1e999,3,1"), "Every value of `a` must be a finite number"),
}

ZIP: dict[str, tuple[Made, str]] = {
    "empty": (lambda: b"", "The file can't be empty"),
    "no zip": (lambda: b"no zip at all", "A file that ends in `.zip` must have that format"),
    "a png": (lambda: picture(), "which is a PNG picture"),
    "truncated": (lambda: zipped(pictures())[:-60], "The file must be a readable zip"),
    "no pictures": (lambda: zipped({"a.txt": b"a"}), "must hold pictures"),
    "nothing": (lambda: zipped({}), "must hold pictures"),
    "arrays": (good, "must hold pictures"),
    "an Excel sheet": (lambda: zipped({"[Content_Types].xml": b"<a/>"}), "must hold pictures"),
    "nested": (
        lambda: zipped({**pictures(), "more.zip": zipped(pictures())}),
        "can't hold other archives",
    ),
    "one folder": (
        lambda: zipped({f"a/{i}.png": picture() for i in range(4)}),
        "all in the folder a",
    ),
    "no folder": (lambda: zipped({f"{i}.png": picture() for i in range(4)}), "all in no folder"),
    "one picture": (
        lambda: zipped({"a/x.png": picture(), "t.csv": b"file,label\nx.png,1\nx.png,0\n"}),
        "at least two samples",
    ),
    "no picture": (
        lambda: zipped({**pictures(), "pets/cat/z.png": b"hello"}),
        "Pictures must be readable",
    ),
    "an empty picture": (
        lambda: zipped({**pictures(), "pets/cat/z.png": b""}),
        "Pictures must be readable",
    ),
    "half a picture": (
        lambda: zipped({**pictures(), "pets/cat/z.png": picture()[:60]}),
        "Pictures must be readable",
    ),
    "half a jpeg": (
        lambda: zipped({**pictures(), "pets/cat/z.jpg": picture((64, 64), "JPEG")[:700]}),
        "Pictures must be readable",
    ),
    "another format": (
        lambda: zipped({**pictures(), "pets/cat/z.png": picture(form="TIFF")}),
        "no picture of these formats",
    ),
    "an SVG": (lambda: zipped({**pictures(), "pets/cat/z.png": b"<svg/>"}), "no picture of these"),
    "a large picture": (
        lambda: zipped({**pictures(), "pets/cat/z.png": png_of(5000, 5000)}),
        "16,000,000 pixels. Received `pets/cat/z.png with 5000 × 5000`",
    ),
    "a picture bomb": (
        lambda: zipped({**pictures(), "pets/cat/z.png": png_of(60_000, 60_000)}),
        "A picture can't have more than 16,000,000 pixels",
    ),
    "pixels that are not there": (
        lambda: zipped({**pictures(), "pets/cat/z.png": png_of(3000, 3000)}),
        "Pictures must be readable",
    ),
    "many pixels": (
        lambda: zipped({f"{i % 2}/{i}.png": png_of(4000, 4000) for i in range(40)}),
        "can't have more than 500,000,000 pixels in all",
    ),
    "many pictures": (
        lambda: zipped({f"{i % 2}/{i}.png": b"" for i in range(10_001)}),
        "can't hold more than 10,000 pictures",
    ),
    "a large file": (
        lambda: zipped({**pictures(), "pets/cat/z.png": b"\0" * 20_000_001}, zipfile.ZIP_DEFLATED),
        "can't be larger than 20 MB",
    ),
    "a path outside": (
        lambda: zipped({**pictures(), "../../z.png": picture()}),
        "Paths in a zip file must stay inside it",
    ),
    "a path of Windows": (
        lambda: zipped(pictures()).replace(b"pets/cat/1.png", b"pets\\cat\\1.png"),
        "Paths in a zip file must stay inside it",
    ),
    "two tables": (
        lambda: zipped({**pictures(), "a.csv": b"a,b", "b.csv": b"a,b"}),
        "may hold only one table",
    ),
    "a table of nothing": (
        lambda: zipped({**pictures(), "a.csv": b"a,b\n1.5,22\n3,44\n"}),
        "a column that names the pictures",
    ),
    "a table of lost pictures": (
        lambda: zipped({**pictures(), "a.csv": b"f,l\n0.png,x\n1.png,y\n99.png,x\n"}),
        "Every picture that `f` names must be in the zip file. Received `99.png`",
    ),
    "a broken table": (
        lambda: zipped({**pictures(), "a.csv": b"f,l\n0.png\n"}),
        "Every row of a table must have as many cells",
    ),
    "a lie about its size": (
        lambda: patched(zipped(pictures(), zipfile.ZIP_DEFLATED), 24, struct.pack("<I", 150)),
        "Bad CRC-32",
    ),
    "encrypted": (
        lambda: patched(zipped(pictures()), 8, struct.pack("<H", 1)),
        "can't be encrypted",
    ),
}

ALL: list[tuple[str, str, Made, str]] = [
    (f"data{ending}", what, made, said)
    for ending, files in ((".npz", NPZ), (".csv", CSV), (".zip", ZIP))
    for what, (made, said) in files.items()
]
