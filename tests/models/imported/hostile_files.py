"""Wrong and hostile `.keras` and HDF5 files, made one by one."""

from __future__ import annotations

import copy
import io
import json
import marshal
import warnings
import zipfile
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import h5py
import numpy as np

MARK = "run_by_a_file"
"""Name of the file that the code in these files would create."""
CODE = f"open({MARK!r}, 'w').close()"


def layer(name: str, kind: str = "Dense", *reads: str, **config: Any) -> dict[str, Any]:
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": [read, 0, 0]}}
        for read in reads
    ]
    return {
        "module": "keras.layers",
        "class_name": kind,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": [{"args": tensors if len(tensors) == 1 else [tensors]}] if reads else [],
    }


def model(*layers: dict[str, Any], out: str = "d") -> dict[str, Any]:
    return {
        "module": "keras",
        "class_name": "Functional",
        "config": {
            "name": "m",
            "layers": list(layers),
            "input_layers": [["x", 0, 0]],
            "output_layers": [[out, 0, 0]],
        },
    }


def entry(*shape: Any) -> dict[str, Any]:
    return layer("x", "InputLayer", batch_shape=[None, *(shape or (4,))])


DENSE = layer("d", "Dense", "x", units=3)
GOOD = model(entry(), DENSE)
OWN = model(entry(), {**layer("d", "Own", "x"), "module": "mine"})
"""Model with a custom layer, whose weights only the file knows."""


def doubled(depth: int) -> dict[str, Any]:
    """Return a model that calls an inner model twice, and so on: 2^depth layers."""
    inner = model(entry(), layer("d", "Dense", "x", units=4))
    for _ in range(depth):
        one = {**inner, "name": "n", "inbound_nodes": layer("n", "", "x")["inbound_nodes"]}
        one["inbound_nodes"] = [*one["inbound_nodes"], *layer("n", "", "x")["inbound_nodes"]]
        inner = model(entry(), copy.copy(one), layer("d", "Add", "n", "n"))
    return inner


def archive(
    config: object = GOOD,
    packed: int = zipfile.ZIP_STORED,
    files: Mapping[str, bytes | str] = MappingProxyType({}),
) -> bytes:
    """Return a `.keras` file. A configuration of text or bytes is written unchanged."""
    content = config if isinstance(config, str | bytes) else json.dumps(config)
    return zipped({"config.json": content, **files}, packed)


def zipped(files: Mapping[str, bytes | str], packed: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packed) as whole:
        for name, content in files.items():
            whole.writestr(name, content)
    return held.getvalue()


def hdf5(write: Callable[[Any], None] = lambda file: None) -> bytes:
    held = io.BytesIO()
    with h5py.File(held, "w", libver="latest") as file:
        write(file)
    return held.getvalue()


def with_weights(write: Callable[[Any], None]) -> bytes:
    """Return a `.keras` file of `OWN` with these weights."""
    return archive(OWN, files={"model.weights.h5": hdf5(write)})


def described(value: Any, **more: Any) -> Callable[[Any], None]:
    """Return a function that writes a `model_config` and other attributes."""

    def write(file: Any) -> None:
        for name, one in {"model_config": value, **more}.items():
            file.attrs[name] = one

    return write


def saved(write: Callable[[Any], None]) -> bytes:
    """Return an HDF5 file of `OWN` with these weights."""

    def whole(file: Any) -> None:
        described(json.dumps(OWN))(file)
        write(file)

    return hdf5(whole)


def variables(file: Any) -> Any:
    """Create the group of the variables of the layer `d` in the weights of a `.keras` file."""
    group = file.create_group("layers/own/vars")
    group.attrs["name"] = "d"
    return group


def outside(file: Any) -> None:
    """Create an array that is stored in another file."""
    variables(file).create_dataset("0", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def virtual(file: Any) -> None:
    """Create a virtual array on top of one in another file."""
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "a", (4,))
    variables(file).create_virtual_dataset("0", layout)


def outside_a_seed(file: Any) -> None:
    """Create an array in another file, in a group that is named like a random state."""
    seed = variables(file).create_group("seed_generator")
    seed.create_dataset("0", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def circle(file: Any) -> None:
    group = variables(file)
    group["again"] = file["layers/own"]


def doubling(file: Any) -> None:
    """Create nested groups, each with two links in its parent: 2^40 paths to the last."""
    group = variables(file)
    for _ in range(40):
        inner = group.create_group("a")
        group["b"] = inner
        group = inner


def changed(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


def encrypted() -> bytes:
    content = archive()
    central = content.index(b"PK\x01\x02")
    return changed(changed(content, 6, b"\x01"), central + 8, b"\x01")


def lying(size: int) -> bytes:
    """Return an archive that declares a wrong size for its configuration."""
    content = archive(json.dumps(GOOD) + " " * 1000, zipfile.ZIP_DEFLATED)
    central = content.index(b"PK\x01\x02")
    return changed(content, central + 24, size.to_bytes(4, "little"))


def many() -> bytes:
    """Return an archive with a table of contents of 100,000 files."""
    content = zipped({"a": ""})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    table = content[start:end] * 100_000
    last = changed(content[end:], 12, len(table).to_bytes(4, "little"))
    return content[:start] + table + last


def twice() -> bytes:
    held = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(held, "w") as whole:
        warnings.simplefilter("ignore")
        for one in (GOOD, OWN):
            whole.writestr("config.json", json.dumps(one))
    return held.getvalue()


def linked_entry() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as whole:
        info = zipfile.ZipInfo("config.json")
        info.external_attr = 0o120777 << 16
        whole.writestr(info, "/etc/passwd")
    return held.getvalue()


def by(kind: str, module: str = "keras.layers", **config: Any) -> bytes:
    """Return a `.keras` file with one layer of a kind."""
    return archive(model(entry(), {**layer("d", kind, "x", **config), "module": module}))


def code() -> dict[str, Any]:
    """Return a function as Keras stores the one of a Lambda layer, here with a side effect."""
    made = marshal.dumps(compile(CODE, "<file>", "exec"))
    text = b64encode(made).decode()
    return {"class_name": "__lambda__", "config": {"code": text, "defaults": None}}


PICKLE = b64encode(f"cos\nsystem\n(S'touch {MARK}'\ntR.".encode()).decode()
WHOLE = saved(lambda file: file.create_dataset("model_weights/d/kernel", (4, 3), "f4"))
REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "start of a zip": lambda: b"PK",
    "half a zip": lambda: archive()[: len(archive()) // 2],
    "zip without its end": lambda: archive()[:-12],
    "zip of zeros": lambda: b"PK\x03\x04" + b"\0" * 5000,
    "zip with nothing": lambda: zipped({}),
    "zip without a model": lambda: zipped({"a.txt": "a"}),
    "arrays": lambda: zipped({"x.npy": "a", "y.npy": "a"}),
    "a SavedModel": lambda: zipped({"m/saved_model.pb": "", "m/variables/a": ""}),
    "path upwards": lambda: zipped({"../../config.json": json.dumps(GOOD)}),
    "absolute path": lambda: zipped({"/config.json": json.dumps(GOOD)}),
    "link in a zip": linked_entry,
    "two models": twice,
    "many files": many,
    "encrypted": encrypted,
    "packed by bzip2": lambda: archive(packed=zipfile.ZIP_BZIP2),
    "packed by lzma": lambda: archive(packed=zipfile.ZIP_LZMA),
    "bomb": lambda: archive(b" " * 40_000_000, zipfile.ZIP_DEFLATED),
    "bomb of bzip2": lambda: archive(b" " * 40_000_000, zipfile.ZIP_BZIP2),
    "bomb beside": lambda: archive(
        GOOD, zipfile.ZIP_DEFLATED, files={"metadata.json": b" " * 2**25}
    ),
    "size too small": lambda: lying(20),
    "size too large": lambda: lying(2**32 - 2),
    "zip of a zip": lambda: archive(archive()),
    "no JSON": lambda: archive("model: 1"),
    "bytes": lambda: archive(b"\xff\xfe\x00\x01"),
    "a list": lambda: archive([1]),
    "nothing described": lambda: archive("null"),
    "a number": lambda: archive("7"),
    "brackets": lambda: archive("[" * 100_000 + "]" * 100_000),
    "objects": lambda: archive('{"a":' * 100_000 + "1" + "}" * 100_000),
    "a long number": lambda: archive('{"class_name": "A", "config": ' + "3" * 5000 + "}"),
    "subclassed": lambda: archive({"class_name": "Mine", "module": None, "config": {"a": 1}}),
    "model that doubles": lambda: archive(doubled(14)),
    "twice the name": lambda: archive(model(entry(), DENSE, DENSE)),
    "metadata no JSON": lambda: archive(files={"metadata.json": "{"}),
    "weights that are text": lambda: archive(OWN, files={"model.weights.h5": "a"}),
    "half the weights": lambda: archive(OWN, files={"model.weights.h5": WHOLE[: len(WHOLE) // 2]}),
    "link to a file": lambda: with_weights(
        lambda file: file.__setitem__("layers", h5py.ExternalLink("/etc/passwd", "/"))
    ),
    "link to a place": lambda: with_weights(
        lambda file: file.__setitem__("layers", h5py.SoftLink("/layers"))
    ),
    "link of a layer": lambda: with_weights(
        lambda file: variables(file).__setitem__("0", h5py.ExternalLink("/etc/passwd", "/"))
    ),
    "array in a file": lambda: with_weights(outside),
    "array of a file": lambda: with_weights(virtual),
    "random state in a file": lambda: with_weights(outside_a_seed),
    "link in a random state": lambda: with_weights(
        lambda file: variables(file).__setitem__(
            "seed_generator/0", h5py.ExternalLink("/etc/passwd", "/")
        )
    ),
    "circle": lambda: with_weights(circle),
    "groups that double": lambda: with_weights(doubling),
    "huge name": lambda: with_weights(
        lambda file: file.create_group("layers/a/vars").attrs.create("name", np.zeros(2**23))
    ),
    "signature": lambda: b"\x89HDF\r\n\x1a\n",
    "signature and zeros": lambda: b"\x89HDF\r\n\x1a\n" + b"\0" * 5000,
    **{
        f"first {count} bytes": lambda count=count: WHOLE[:count]  # type: ignore[misc]
        for count in (16, 48, 96, 300)
    },
    "weights alone": lambda: hdf5(variables),
    "empty": hdf5,
    "described by a number": lambda: hdf5(described(7)),
    "described by texts": lambda: hdf5(described(["a", "b"])),
    "described by nothing": lambda: hdf5(described(h5py.Empty("f4"))),
    "described by bytes of no type": lambda: hdf5(described(np.void(b"abcd"))),
    "huge description": lambda: hdf5(described(b" " * 17_000_000)),
    "huge array described": lambda: hdf5(described(np.zeros(3_000_000))),
    "description no JSON": lambda: hdf5(described("{")),
    "brackets described": lambda: hdf5(described("[" * 100_000)),
    "huge version": lambda: hdf5(described(json.dumps(GOOD), keras_version=np.zeros(3_000_000))),
    "weights in a file": lambda: saved(
        lambda file: file.__setitem__("model_weights", h5py.ExternalLink("/etc/passwd", "/"))
    ),
    "layer in a file": lambda: saved(
        lambda file: file.__setitem__("model_weights/d", h5py.ExternalLink("/etc/passwd", "/"))
    ),
}  # fmt: skip
"""Files that are refused with a sentence."""
READ: dict[str, Callable[[], bytes]] = {
    "paths outside beside a model": lambda: archive(files={"../../" + MARK: "a", "/" + MARK: "a"}),
    "code of a Lambda": lambda: by("Lambda", function=code()),
    "code as an activation": lambda: by("Dense", units=3, activation=code()),
    "code as an initializer": lambda: by("Dense", units=3, kernel_initializer=code()),
    "a function of Python": lambda: by(
        "Lambda", function={"module": "builtins", "class_name": "function", "config": "exec"}
    ),
    "a class of Python": lambda: by("system", "os", command=f"touch {MARK}"),
    "a function of Keras": lambda: by("get_file", "keras.utils", fname=MARK, origin="file:///etc"),
    "a pickled module": lambda: by("TorchModuleWrapper", module_pickle=PICKLE),
    "a SavedModel inside": lambda: by("TFSMLayer", filepath="/etc", call_endpoint="serve"),
    "words in a file": lambda: by("StringLookup", vocabulary="/etc/passwd"),
    "text of a file": lambda: by("TextVectorization", vocabulary="/etc/passwd"),
    "numbers in a file": lambda: by("Embedding", input_dim=3, output_dim="/etc/passwd"),
    "huge units": lambda: by("Dense", units=2**62),
    "huge shape of weights": lambda: with_weights(
        lambda file: variables(file).create_dataset("0", (2**31, 2**31), "f4", chunks=(64, 64))
    ),
    "weights without numbers": lambda: with_weights(
        lambda file: variables(file).create_dataset("0", data=h5py.Empty("f4"))
    ),
    "array in the place of layers": lambda: saved(
        lambda file: file.create_dataset("model_weights", (3,), "f4")
    ),
    "bomb of weights": lambda: archive(
        OWN, zipfile.ZIP_DEFLATED, files={"model.weights.h5": bytes(201_000_000)}
    ),
}
"""Files that are drawn, with unknown parts marked as unknown; nothing in them is run."""


def made_a_mark() -> bool:
    """Return `True` if the code of a file was run."""
    return any(Path(folder, MARK).exists() for folder in (".", "..", "../..", "/"))
