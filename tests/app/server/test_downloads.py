"""Route of the files that pages offer, and who gets which file."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import pytest
from starlette.requests import Request
from starlette.responses import Response

from components.app.parts.frame.cookie import COOKIE
from components.app.parts.widgets import offered_files
from components.app.parts.widgets.offered_files import MOST, OfferedFile, OfferedFiles
from components.app.server import downloads
from components.base.errors import FileError
from tests.app.server.web import run_to_the_end

OWNER, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> OfferedFiles:
    """Return the files of a session that began with its owner's cookie."""
    session: dict[str, OfferedFiles] = {}
    monkeypatch.setattr("streamlit.session_state", session)
    found = offered_files.of_session()
    found.visitor = OWNER
    return found


def offer(files: OfferedFiles, make: Callable[[], str | bytes], name: str = "file.csv") -> None:
    files.offer("the.key", OfferedFile(make, name, "text/csv"))


async def ask(token: str, visitor: str = OWNER, button: str = "the-key") -> Response:
    cookie = (b"cookie", f"{COOKIE}={visitor}".encode())
    parts = {"token": token, "button": button}
    scope = {"type": "http", "method": "GET", "headers": [cookie], "path_params": parts}
    return await downloads.download(Request(scope))


def answer(token: str, visitor: str = OWNER, button: str = "the-key") -> tuple[int, str]:
    response = run_to_the_end(ask(token, visitor, button))
    return response.status_code, bytes(response.body).decode()


def fail(error: Exception) -> str:
    raise error


def test_a_file_is_made_when_it_is_fetched(files: OfferedFiles) -> None:
    texts = iter("12")
    offer(files, lambda: next(texts), "a b/ü.csv")
    assert answer(files.token) == (200, "1")
    response = run_to_the_end(ask(files.token))
    assert response.body == b"2"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename*=utf-8''a%20b%2F%C3%BC.csv"
    )
    assert response.headers["Cache-Control"] == "no-store"


def test_only_the_owner_of_the_session_gets_its_files(files: OfferedFiles) -> None:
    offer(files, lambda: "mine")
    gone = (404, downloads._GONE)
    assert answer(files.token, OTHER) == answer(files.token, "") == gone
    assert answer("another") == answer(files.token, button="another") == gone
    assert answer(files.token) == (200, "mine")
    files.visitor = ""  # A frame whose browser holds back the cookie.
    assert answer(files.token, "") == (200, "mine")


def test_what_a_session_offers_is_bounded(files: OfferedFiles) -> None:
    for number in range(MOST + 1):
        files.offer(f"button {number}", OfferedFile(lambda: "", "", ""))
    assert files.get("button-0") is None
    assert files.get("button-1") is not None
    files.offer("button 1", None)
    assert files.get("button-1") is None, "it was drawn as disabled"


def test_what_a_session_offers_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, OfferedFiles] = {}
    monkeypatch.setattr("streamlit.session_state", session)
    token = offered_files.of_session().token
    assert offered_files.of_token(token, None) is offered_files.of_session()
    session.clear()
    gc.collect()
    assert offered_files.of_token(token, None) is None


def test_a_file_that_fails_is_a_sentence(
    files: OfferedFiles, caplog: pytest.LogCaptureFixture
) -> None:
    error = FileError("A PNG may have at most 9 pixels.", "10", "Save it as SVG.")
    offer(files, lambda: fail(error))
    assert answer(files.token) == (409, str(error))
    assert not caplog.records
    offer(files, lambda: fail(ZeroDivisionError()))
    assert answer(files.token) == (500, downloads._BUG)
    assert "A file could not be made" in caplog.text
    assert files.waiting == 0


def test_a_file_that_takes_too_long_is_a_sentence(
    files: OfferedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SECONDS", 0.0)
    offer(files, lambda: "late")
    assert answer(files.token) == (503, downloads._SLOW)


def test_one_session_may_wait_for_a_limited_number_of_files(files: OfferedFiles) -> None:
    offer(files, lambda: "file")

    async def all_at_once() -> list[int]:
        many = range(downloads.MOST_WAITING + 1)
        return [r.status_code for r in await asyncio.gather(*(ask(files.token) for _ in many))]

    assert sorted(run_to_the_end(all_at_once())) == [200] * downloads.MOST_WAITING + [429]
