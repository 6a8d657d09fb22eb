"""Files that are written completely or not at all, read up to a limit, or private."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from components.base import clock
from components.base.errors import FileError
from components.base.text import byte_size, quoted

_BESIDE = ".fusion-"
"""Start of the names of temporary folders, which hold files that are being written."""
_LEFT_SECONDS = 3600.0
"""Age in seconds from which such a folder counts as left by a killed process."""
_NAME = "Name another file."


@contextmanager
def replacing(path: Path, private: bool = False) -> Iterator[Path]:
    """Yield the path of a new file beside `path`; it replaces `path` unless an error is raised.

    Only the user who runs the playground can read a `private` file. A link is kept, and its target
    is replaced. Raises `OSError` if `path` is that of a folder, a device or a pipe.
    """
    path = Path(os.path.realpath(path))
    if exists(path) and not path.is_file():
        raise OSError(errno.EINVAL, "Not a regular file.")
    with TemporaryDirectory(dir=path.parent, prefix=_BESIDE) as folder:
        new = Path(folder, path.name)
        if private:
            new.touch(0o600)
        yield new
        os.replace(new, path)


def regular_file(path: Path) -> Path:
    """Return the path of a file. Raises `FileError` for a folder, a device or a pipe.

    Reading a device may never end, and reading a pipe may never begin.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise FileError("This is not a regular file.", f"{path}, which is {what}", _NAME)
    return path


def read_file(path: Path, most: int) -> bytes:
    """Return the content of a file.

    Raises `FileError` if it has more than `most` bytes, is not a regular file, or can't be read.
    """
    try:
        with open(regular_file(path), "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(content) > most:
        raise FileError(f"The file may have at most {byte_size(most)}.", path, _NAME)
    return content


def write_file(path: Path, content: bytes) -> None:
    """Write a complete file or none; write directly to a device or a pipe, such as `/dev/stdout`.

    Raises `FileError` if it can't be written.
    """
    with explaining_writes(path):
        if exists(path) and not path.is_file():
            path.write_bytes(content)
            return
        with replacing(path) as new:
            new.write_bytes(content)


def require_writable(path: Path) -> None:
    """Raise `FileError` if a file can't be written, before the work on its content starts."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileError(
            f"There is no folder {folder}.", folder, "Make the folder, or name another file."
        )
    if path.is_dir() or not os.access(path if exists(path) else folder, os.W_OK):
        raise not_writable(path)


def exists(path: Path) -> bool:
    """Return `True` if the file exists; `False` also for a text that can't be a file's name."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


@contextmanager
def explaining_writes(path: Path) -> Iterator[None]:
    """Turn errors of the system into a `FileError` about the file that is being written."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise not_writable(f"{path}: {_reason(error)}") from None


def wrong_ending(path: Path, endings: Iterable[str]) -> FileError:
    """Return the error for a file name that has none of these endings."""
    return FileError(
        f"The file can only end in {quoted([f'.{ending}' for ending in endings])}.",
        path,
        "Change the file's ending.",
    )


def not_writable(received: object) -> FileError:
    """Return the error for a file that can't be written."""
    return FileError("The file can't be written.", received, "Name another file, or make room.")


def _unreadable(path: Path, error: Exception) -> FileError:
    return FileError("The file can't be read.", f"{path}: {_reason(error)}", _NAME)


def _reason(error: Exception) -> object:
    return getattr(error, "strerror", None) or error


def private_folder(folder: Path) -> Path:
    """Create a folder that only the user who runs the playground can open, and return it.

    An existing folder keeps its mode, because others may use it, too. Files that killed processes
    left in it are removed. Raises `OSError` if it can't be created.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_left(folder, _BESIDE, _LEFT_SECONDS)
    return folder


def remove_left(folder: Path, prefix: str, seconds: float) -> None:
    """Remove folders that start with `prefix`, older than `seconds`, left by killed processes."""
    for left in folder.glob(f"{prefix}*"):
        with suppress(OSError):
            if clock.file_now() - left.stat().st_mtime > seconds:
                shutil.rmtree(left)


def make_private(path: Path) -> None:
    """Deny other users access to a file, if the system allows that. Nothing else is changed."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            path.chmod(0o600)
