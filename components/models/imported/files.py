"""Files of Keras models: JSON text, `.keras` archives and HDF5, recognized by their first bytes.

They are read as data. The description is JSON in each; only the shapes of weights are read. Nothing
is unpacked to disk, and links in an HDF5 file are not followed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from components.base.errors import ModelFileError
from components.base.files import read_file, regular_file
from components.base.text import byte_size
from components.base.zips import contents_size
from components.models.imported.answers import MOST_WEIGHTS
from components.models.imported.safe_text import (
    MOST_BYTES,
    data,
    is_model_json,
    too_large,
    wrong_file,
)

if TYPE_CHECKING:
    import h5py

Source: TypeAlias = str | bytes | Path
"""Text of a description, content of a file, or path of a file."""
Names: TypeAlias = tuple[str, ...]
"""Name of a layer, after the names of the inner models that contain it."""

_ENDINGS = (".keras", ".h5", ".hdf5")
"""Extensions of binary Keras files."""
_ZIP, _HDF5 = b"PK", b"\x89HDF\r\n\x1a\n"
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
"""Names of files in a `.keras` archive."""
_SAVED_MODEL = "saved_model.pb"
MOST_WEIGHTS_BYTES = 200_000_000
"""Maximum size of an archive's weights whose shapes are read, because they must be unpacked."""
MOST_CONTENTS_BYTES = 1_000_000
"""Maximum size of an archive's table of contents, enough for some 10,000 files."""
MOST_OBJECTS = 40_000
"""Maximum number of groups and arrays read in an HDF5 file."""
DEEPEST = 50
"""Maximum nesting of groups: a group may contain itself."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SEEDS = "seed_generator"
"""Prefix of random states, which Keras does not count as weights."""


def is_keras_model(content: bytes) -> bool:
    """Return `True` if the content of a file may be a model of Keras, of any of the formats."""
    return content.startswith((_ZIP, _HDF5)) or is_model_json(content)


def is_keras_file(path: Path) -> bool:
    """Return `True` if a path names a Keras model that is not JSON, by its ending or its start."""
    if path.is_dir():
        return (path / _SAVED_MODEL).exists()
    return path.suffix.lower() in _ENDINGS or _first_bytes(path).startswith((_ZIP, _HDF5))


@contextmanager
def opened(source: Source) -> Iterator[tuple[Any, StoredWeights | None]]:
    """Open a file and yield its description as plain data, and its weights; JSON text has none.

    Raises `ModelFileError`, and `FileError` if a path can't be read.
    """
    start = _first_bytes(source)
    if start.startswith(_ZIP) and not isinstance(source, str):
        with _library_errors_explained("zip archive"), _archive(source) as archive:
            description = _archive_description(archive)
        yield description, StoredWeights(lambda: _unpacked_weights(source), _in_archive)
    elif start.startswith(_HDF5) and not isinstance(source, str):
        import h5py

        with _library_errors_explained("HDF5 file"):
            file = h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")
        with file:
            yield _hdf5_description(file), StoredWeights(lambda: file, _in_hdf5)
    else:
        text = read_file(source, MOST_BYTES) if isinstance(source, Path) else source
        yield data(text), None


def checked_weights(source: bytes) -> bytes:
    """Return the weights file of a `.keras` archive.

    Raises `ModelFileError` if there is none or it contains links.
    """
    import h5py

    with _library_errors_explained("zip archive"), _archive(source) as archive:
        if _WEIGHTS not in archive.namelist():
            raise wrong_file("The file has no weights.", _WEIGHTS)
        content = _unpacked(archive, _WEIGHTS, MOST_WEIGHTS_BYTES)
    with (
        _library_errors_explained("HDF5 file of weights"),
        h5py.File(io.BytesIO(content), "r") as file,
    ):
        _FileGroup(file, [MOST_OBJECTS]).weights()
    return content


class StoredWeights:
    """Weight counts in a file, computed from shapes on demand."""

    def __init__(self, root: Callable[[], Any], layers_in: Callable[[_FileGroup], _Groups]) -> None:
        self._root, self._layers_in = root, layers_in
        self._known: dict[Names, _Groups] = {}

    def count(self, names: Names) -> int | None:
        """Return the number of a layer's weights; `None` if it is missing or far too large.

        Raises `ModelFileError` if the file is damaged or contains links.
        """
        with _library_errors_explained("HDF5 file of weights"):
            layer = self._layers(names[:-1]).get(names[-1])
            count = MOST_WEIGHTS + 1 if layer is None else layer.weights()
            return count if count <= MOST_WEIGHTS else None

    def _layers(self, path: Names) -> _Groups:
        """Return the layers of the model, or of an inner one, by name."""
        if path not in self._known:
            if path:
                model = self._layers(path[:-1]).get(path[-1])
            else:
                root = self._root()
                model = None if root is None else _FileGroup(root, [MOST_OBJECTS])
            self._known[path] = {} if model is None else self._layers_in(model)
        return self._known[path]


class _FileGroup:
    """Group of an HDF5 file, read member by member without following links."""

    def __init__(self, group: h5py.Group, left: list[int]) -> None:
        self._group, self._left = group, left

    @property
    def own_name(self) -> str:
        """Name of the group in its parent."""
        return str(self._group.name).rpartition("/")[2]

    def member(self, name: str) -> Any:
        """Return a group or an array by name; `None` if there is none."""
        import h5py

        self._left[0] -= 1
        if self._left[0] < 0:
            rule = f"Only {MOST_OBJECTS:,} arrays of weights can be looked at."
            raise wrong_file(rule, "more")
        link = self._group.get(name, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            rule = "An HDF5 file with links to other places is not read."
            raise wrong_file(rule, f"{name}, {type(link).__name__}")
        member = self._group[name]
        return _FileGroup(member, self._left) if isinstance(member, h5py.Group) else member

    def groups(self) -> _Groups:
        """Return the member groups by name."""
        members = {name: self.member(name) for name in self._group}
        return {name: group for name, group in members.items() if isinstance(group, _FileGroup)}

    def text(self, attribute: str) -> str:
        """Return the text of an attribute; an empty text if there is none."""
        value = _attribute(self._group, attribute)
        return value if isinstance(value, str) else ""

    def weights(self, depth: int = 0) -> int:
        """Return the number of values in all arrays of the group, without random states."""
        if depth > DEEPEST:
            rule = f"Groups of weights can't be more than {DEEPEST} deep within each other."
            raise wrong_file(rule, self.own_name)
        members = (self.member(name) for name in self._group)
        count = sum(
            member.weights(depth + 1) if isinstance(member, _FileGroup) else _numbers(member)
            for member in members
        )
        seeds = self.own_name.startswith(_SEEDS) or _layer_name(self).startswith(_SEEDS)
        return 0 if seeds else count


_Groups: TypeAlias = Mapping[str, _FileGroup]


def _in_archive(model: _FileGroup) -> _Groups:
    """Return the layers of a model in the weights of a `.keras` archive.

    Groups are named after classes; the layer's own name is stored with its variables.
    """
    layers = model.member("layers")
    groups = layers.groups() if isinstance(layers, _FileGroup) else {}
    return {**groups, **{_layer_name(group): group for group in groups.values()}}


def _layer_name(group: _FileGroup) -> str:
    variables = group.member("vars")
    return variables.text("name") if isinstance(variables, _FileGroup) else ""


def _in_hdf5(model: _FileGroup) -> _Groups:
    """Return the layers of a model in an HDF5 file, where groups are named after layers.

    The group of an inner sequential model has its layers in a second group of the same name.
    """
    whole = model.member("model_weights")
    if isinstance(whole, _FileGroup):
        return whole.groups()
    again = model.member(model.own_name)
    return {**(again.groups() if isinstance(again, _FileGroup) else {}), **model.groups()}


def _numbers(array: Any) -> int:
    """Return the number of values in an array without reading them."""
    import h5py

    if not isinstance(array, h5py.Dataset):
        return 0
    properties = array.id.get_create_plist()
    if properties.get_layout() == h5py.h5d.VIRTUAL or properties.get_external_count():
        rule = "An HDF5 file whose arrays are in other files is not read."
        raise wrong_file(rule, array.name)
    return int(array.size or 0)


def _attribute(group: h5py.Group, name: str) -> Any:
    """Return a scalar attribute of a group; `None` if there is none. Raises `ModelFileError`."""
    if name not in group.attrs:
        return None
    stored = group.attrs.get_id(name)
    size = stored.get_storage_size()
    if size > MOST_BYTES:
        raise too_large(size, MOST_BYTES)
    if stored.shape != ():
        raise wrong_file("An HDF5 file of Keras describes the model in one text.", name)
    return group.attrs[name]


def _archive_description(archive: zipfile.ZipFile) -> Any:
    """Return the description in a `.keras` archive, with the version of Keras that wrote it."""
    names = archive.namelist()
    if any(Path(name).name == _SAVED_MODEL for name in names):
        raise _saved_model("the archive of one")
    if names.count(_CONFIG) != 1:
        rule = f"An archive with a Keras model needs one file `{_CONFIG}`."
        raise wrong_file(rule, ", ".join(names[:3]) or "no file")
    described = data(_unpacked(archive, _CONFIG, MOST_BYTES))
    about = data(_unpacked(archive, _METADATA, MOST_BYTES)) if _METADATA in names else {}
    if not isinstance(described, dict) or not isinstance(about, dict):
        return described
    return {**{k: v for k, v in about.items() if k == "keras_version"}, **described}


def _hdf5_description(file: h5py.File) -> Any:
    """Return the description in an HDF5 file, with the version of Keras that wrote it."""
    with _library_errors_explained("HDF5 file"):
        text = _attribute(file, "model_config")
        version = _attribute(file, "keras_version")
    if text is None:
        rule = "The file holds weights alone, without the layers of the model."
        raise wrong_file(rule, "no `model_config`")
    if not isinstance(text, str | bytes):
        rule = "The `model_config` of an HDF5 file needs to be text."
        raise wrong_file(rule, type(text).__name__)
    described = data(text)
    if not isinstance(described, dict) or not isinstance(version, str):
        return described
    return {"keras_version": version, **described}


def _unpacked_weights(source: bytes | Path) -> Any:
    """Return the weights of a `.keras` archive; `None` if there are none or they are too large."""
    import h5py

    with _archive(source) as archive:
        if _WEIGHTS not in archive.namelist():
            return None
        if archive.getinfo(_WEIGHTS).file_size > MOST_WEIGHTS_BYTES:
            return None
        return h5py.File(io.BytesIO(_unpacked(archive, _WEIGHTS, MOST_WEIGHTS_BYTES)), "r")


@contextmanager
def _archive(source: bytes | Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose table of contents is not too large."""
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        if (size := contents_size(file)) > MOST_CONTENTS_BYTES:
            most = byte_size(MOST_CONTENTS_BYTES)
            rule = f"The archive's table of contents may have at most {most}."
            raise wrong_file(rule, byte_size(size))
        with zipfile.ZipFile(file) as archive:
            yield archive


def _unpacked(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return a file in an archive. Raises `ModelFileError` if it is too large or encrypted."""
    entry = archive.getinfo(name)
    if entry.file_size > most:
        raise too_large(entry.file_size, most)
    if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
        rule = "The archive is encrypted, or packed in a way that can't be read."
        raise wrong_file(rule, name)
    with archive.open(entry) as file:
        return file.read(most)


def _first_bytes(source: Source) -> bytes:
    """Return the first bytes of a file. Raises `FileError`."""
    if isinstance(source, str):
        return b""
    if isinstance(source, bytes):
        return source[: len(_HDF5)]
    if source.is_dir() and (source / _SAVED_MODEL).exists():
        raise _saved_model(str(source))
    with open(regular_file(source), "rb") as file:
        return file.read(len(_HDF5))


def _saved_model(received: str) -> ModelFileError:
    return wrong_file(
        "A SavedModel of TensorFlow holds functions, and no layers that can be drawn.",
        received,
        'Save the model itself with `model.save("model.keras")`; one of Keras 2 is loaded by '
        '`tf_keras.models.load_model("folder")`.',
    )


@contextmanager
def _library_errors_explained(kind: str) -> Iterator[None]:
    """Turn errors of the libraries that read a file into a `ModelFileError`."""
    try:
        yield
    except (ModelFileError, RecursionError):
        raise
    except Exception as error:  # zipfile and h5py raise nearly anything for a damaged file.
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise wrong_file(f"The {kind} is damaged.", first) from None
