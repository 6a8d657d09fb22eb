"""The teacher's view without a browser: who may open it, and what it shows."""

from __future__ import annotations

import os

import pytest
from streamlit.testing.v1 import AppTest

from components.core.errors import ServerError
from components.core.logs import ADMIN_TOKEN
from components.runs.run_service import service
from components.training.requests import RunRequest, Settings
from components.ui.admin import access
from components.ui.admin.access import TRIES, TokenCheck
from components.ui.admin.processes import ProcessMeter
from components.ui.kit.people import People
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.waiting import wait_until

TOKEN = "0123456789abcdef-teacher"


def test_without_a_token_there_is_no_page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADMIN_TOKEN, raising=False)
    app.switch_page("pages/Admin.py").run()
    assert not app.exception
    assert "Token" not in [field.label for field in app.text_input]
    assert app.button(key="preset")


def test_a_short_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADMIN_TOKEN, "x" * 15)
    with pytest.raises(ServerError, match="at least 16 characters"):
        access.admin_token()
    monkeypatch.setenv(ADMIN_TOKEN, "")
    assert access.admin_token() is None


def test_few_wrong_tokens_a_minute() -> None:
    now = [0.0]
    check = TokenCheck(lambda: now[0])
    check.require(TOKEN, TOKEN, "here")
    for _ in range(TRIES):
        with pytest.raises(ServerError, match="must be the server's"):
            check.require("wrong", TOKEN, "here")
    with pytest.raises(ServerError, match="Wait a minute"):
        check.require(TOKEN, TOKEN, "here")
    check.require(TOKEN, TOKEN, "elsewhere")
    now[0] = access.SECONDS + 1
    check.require(TOKEN, TOKEN, "here")


def test_people_have_numbers_that_stay() -> None:
    people = People()
    assert [people.number(owner) for owner in ("b", "a", "b")] == [1, 2, 1]
    people.enter("session", "a", "Build")
    assert people.sessions() == [], "no server, so no browser is connected"


def test_the_processes_start_with_the_server() -> None:
    server = ProcessMeter().read((), ())[0]
    assert (server.pid, server.role) == (os.getpid(), "server")
    assert server.memory > 10_000_000


def test_the_view_shows_runs_and_stops_them(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADMIN_TOKEN, TOKEN)
    runs = service()
    data = DataSpec(relation=RELATIONS["unique"](), samples=40)
    request = RunRequest(
        architecture=presets.load("wide_and_deep"), data=data, settings=Settings(epochs=1)
    )
    ids = [runs.submit(request, "owner", f"run *{number}*") for number in range(3)]
    app.switch_page("pages/Admin.py").run()
    (field,) = app.text_input
    field.set_value("wrong")
    app.button(key="FormSubmitter:admin_form-Open the teacher's view").click().run()
    assert "must be the server's" in app.error[0].value
    app.text_input[0].set_value(TOKEN)
    app.button(key="FormSubmitter:admin_form-Open the teacher's view").click().run()
    assert not app.exception
    (shown,) = [text.value for text in app.markdown if r"**run \*1\*** of person" in text.value]
    assert "second in the queue" in shown
    app.button(key=f"admin_stop_{ids[1]}").click().run()
    wait_until(lambda: runs.store.get(ids[1]).status == "stopped")
    app.button(key="admin_stop_all").click().run()
    wait_until(lambda: all(runs.store.get(id).status == "stopped" for id in ids))
    app.run()
    assert "Nothing is trained or waits." in [text.value for text in app.caption]
