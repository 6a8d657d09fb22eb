"""Uploaded files that Streamlit holds in memory."""

from __future__ import annotations

from sys import getsizeof

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from components.app.streamlit_edge.sessions import is_connected


def session_of(path: str) -> str:
    """Return the session in `…/upload_file/<session>/<file>`, the only path that takes a PUT."""
    return path.rstrip("/").rpartition("/")[0].rpartition("/")[2]


def file_bytes() -> dict[str, list[int]]:
    """Return the bytes of each file, with its name, which may be long, by session."""
    return {
        session: [sum(map(getsizeof, record)) for record in list(records.values())]
        for session, records in list(_files().file_storage.items())
    }


def let_go_of_closed() -> None:
    """Remove the files of the pages that are closed."""
    files = _files()
    for session in list(files.file_storage):
        if not is_connected(session):
            files.remove_session_files(session)


def _files() -> MemoryUploadedFileManager:
    files = runtime.get_instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    return files
