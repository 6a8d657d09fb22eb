"""Route of the files that pages offer: the request of a button makes the file and returns it."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from components.app.parts.frame import cookie
from components.app.parts.widgets import offered_files
from components.app.parts.widgets.offered_files import OfferedFile, OfferedFiles
from components.base.errors import PlaygroundError, public_text

PATH = "/download/{token}/{button}"
SECONDS = 120.0
"""Time limit in seconds for one file, including the wait for earlier ones of the session."""
MOST_WAITING = 12
"""Number of files that one session may wait for: some more than a panel has buttons."""
_GONE = "The server no longer has this page. Reload the page and press the button again."
_MANY = (
    f"You are waiting for {MOST_WAITING} files already. Press the button again when they are here."
)
_SLOW = f"The file was not ready after {SECONDS:g} seconds. Press the button again later."
_BUG = "This is a bug in the playground, and it was logged. The file could not be made."

_log = logging.getLogger(__name__)
_makers = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="make-file")


class _RefusedDownload(Exception):
    """Sentence in place of a file, and the status of the response."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def download(request: Request) -> Response:
    """Answer with the file of a button, or with a sentence that the page shows beside it."""
    visitor = cookie.visitor_of(request.cookies)
    files = offered_files.of_token(request.path_params["token"], visitor)
    try:
        file = files.get(request.path_params["button"]) if files else None
        if files is None or file is None:
            raise _RefusedDownload(404, _GONE)
        data = await _made_in_turn(files, file)
    except _RefusedDownload as refused:
        return PlainTextResponse(str(refused), refused.status)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name, safe='')}",
    }
    return Response(data, media_type=file.mime, headers=headers)


async def _made_in_turn(files: OfferedFiles, file: OfferedFile) -> bytes:
    """Make a file after the earlier ones of its session. One that takes too long is discarded."""
    if files.waiting >= MOST_WAITING:
        raise _RefusedDownload(429, _MANY)
    files.waiting += 1
    making = asyncio.create_task(_make(files, file))
    try:
        return await asyncio.wait_for(asyncio.shield(making), SECONDS)
    except TimeoutError:
        raise _RefusedDownload(503, _SLOW) from None


async def _make(files: OfferedFiles, file: OfferedFile) -> bytes:
    try:
        async with files.turn:
            file_data = await asyncio.get_running_loop().run_in_executor(_makers, file.make)
        return file_data.encode() if isinstance(file_data, str) else file_data
    except PlaygroundError as error:
        raise _RefusedDownload(409, public_text(error)) from None
    except Exception:
        _log.exception("A file could not be made")
        raise _RefusedDownload(500, _BUG) from None
    finally:
        files.waiting -= 1
