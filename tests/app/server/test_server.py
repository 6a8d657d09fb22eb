"""Real server: health, cookie, hosts, headers, log, and an end that leaves no process."""

from __future__ import annotations

import json
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from components.app.parts.frame.cookie import COOKIE
from components.base.workers.preloads import PRELOADS
from tests.app.server.conftest import Serving
from tests.app.server.web import PAGE, Reply, ask, flag, open_page, websocket_status
from tests.matrix import cases
from tests.serving import server_process
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("server")
VISITOR = "0123456789abcdef" * 2
CONFIG = "/_stcore/host-config"


def cookies(reply: Reply) -> list[str]:
    """Return the visitor's cookies that a reply sets, with their attributes."""
    return [c for c in reply.headers.get_all("Set-Cookie") or [] if c.startswith(f"{COOKIE}=")]


def test_it_is_alive_and_ready(serving: Serving) -> None:
    assert json.loads(ask(serving.server.address, "/health").text) == {"alive": True}
    ready = json.loads(ask(serving.server.address, "/ready").text)
    assert ready["memory"]["server"] > 10**7
    assert {*ready["people"], *ready["queue"]} == {"people", "open_tabs", "training", "waiting"}
    part = {"ready": True, "reason": ""}
    assert ready["ready"] is True
    assert ready["parts"] == {"build_workers": part, "database": part}


def test_a_run_that_waited_goes_on_without_a_visitor(serving: Serving) -> None:
    wait_until(lambda: serving.store.get(serving.run).status == "running")


def test_a_newcomer_gets_a_cookie_with_the_first_response(serving: Serving) -> None:
    (cookie,), (other,) = (cookies(ask(serving.server.address, path)) for path in ("/", "/Train"))
    value, *attributes = cookie.split("; ")
    assert attributes == ["Path=/", "Max-Age=31536000", "HttpOnly", "SameSite=Lax"]
    assert value != other.split("; ")[0]


def test_children_are_made_with_all_that_building_and_training_need(serving: Serving) -> None:
    started = {word for process in serving.processes() for word in process.cmdline()}
    assert {*PRELOADS} <= started


@pytest.mark.parametrize(
    ("path", "headers", "cookie"),
    [
        ("/", {**PAGE, "Cookie": f"theme=dark; {COOKIE}={VISITOR}"}, f"{COOKIE}={VISITOR}; Path"),
        (CONFIG, {"Cookie": f"{COOKIE}={VISITOR}"}, f"{COOKIE}={VISITOR}; Path"),
        ("/", {**PAGE, "Cookie": f"{COOKIE}=a<b"}, "SameSite=Lax"),
        ("/", {**PAGE, "X-Forwarded-Proto": "https"}, "; Secure"),
        # A link of another site: the browser may hold back the cookie that it has.
        ("/", {**PAGE, "Sec-Fetch-Site": "cross-site"}, ""),
        (CONFIG, {"Sec-Fetch-Site": "same-origin"}, "SameSite=Lax"),
        ("/favicon.png", {"Accept": "image/*"}, ""),
    ],
)
def test_who_gets_which_cookie(
    serving: Serving, path: str, headers: dict[str, str], cookie: str
) -> None:
    found = cookies(ask(serving.server.address, path, headers))
    assert len(found) == bool(cookie)
    assert all(cookie in one and "a<b" not in one for one in found)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("", 200),
        ("localhost", 200),
        ("play.localhost:8501", 200),
        ("[::1]:8501", 200),
        ("192.0.2.7:8501", 200),
        ("127.0.0.1.evil.example", 400),
        ("2130706433", 400),
        ("PLAY.example.org", 200),
        ("a.school.example", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("localhost@evil.example", 400),
        ("[::1", 400),
        ("127.0.0.1/evil.example", 400),
        ("localhost:80;script-src", 400),
        ("localhost:port", 400),
        ("a; img-src x.localhost", 400),
    ],
)
def test_a_foreign_host_is_refused(serving: Serving, host: str, status: int) -> None:
    headers = {"Host": host} if host else {}
    reply = ask(serving.server.address, "/health", headers)
    assert reply.status == status
    if status == 400:
        assert reply.text.startswith("The request names another host than this server")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 101),
        ({"Origin": "http://HOST"}, 101),
        ({"Origin": "https://play.example.org"}, 101),
        ({"Host": "evil.example"}, 400),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "https://play.example.org:9000"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_foreign_page_can_open_no_websocket(
    serving: Serving, headers: dict[str, str], status: int
) -> None:
    host = urlsplit(serving.server.address).netloc
    sent = {name: value.replace("HOST", host) for name, value in headers.items()}
    assert websocket_status(serving.server.address, sent) == status


def test_a_foreign_page_can_send_no_request(serving: Serving) -> None:
    foreign = {"Origin": "http://evil.example"}
    for path in ("/", CONFIG, "/_stcore/upload_file/a/b"):
        reply = ask(serving.server.address, path, foreign)
        assert (reply.status, cookies(reply)) == (403, [])


def test_every_response_has_security_headers(serving: Serving) -> None:
    host = urlsplit(serving.server.address).netloc
    for path in ("/", "/ready", "/static/nothing.js"):
        headers = ask(serving.server.address, path).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == "'self' https://hub.example.org"
        assert policy["connect-src"] == f"'self' ws://{host} wss://{host} data: blob:"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_a_message_of_one_visitor_ends_nothing_of_others(serving: Serving) -> None:
    processes = set(serving.processes())
    with open_page(serving.server.address) as sender, open_page(serving.server.address) as other:
        for field in BackMsg.DESCRIPTOR.fields:
            if field.message_type is None:
                sender.send(flag(field.name))
        assert sender.answers().count("git_info_changed") == 0
        other.run()
        assert ask(serving.server.address, "/ready").status == 200
    assert processes <= set(serving.processes())


@pytest.mark.parametrize("other", ["fedcba9876543210" * 2, ""])
def test_a_session_answers_only_the_cookie_that_it_began_with(serving: Serving, other: str) -> None:
    address = serving.server.address
    with open_page(address, VISITOR) as page:
        with open_page(address, other, session=page.id) as stranger:
            assert stranger.id != page.id
            page.run()
            stranger.id = page.id
            assert stranger.upload("file", b"").status == 403
            assert page.upload("file", b"").status == 204
            assert stranger.remove("file").status == 403
        with open_page(address, VISITOR, session=page.id) as again:
            assert again.id == page.id, "the browser itself takes it up again"
    with open_page(address, other, session=page.id) as stranger:
        assert stranger.id != page.id, "nor once its page is closed"
    assert stranger.remove("file").status == 403


def test_a_session_without_a_cookie_goes_on(serving: Serving) -> None:
    """Begin without a cookie, as in a frame of another site, where browsers hold it back."""
    with open_page(serving.server.address) as page:
        assert page.upload("file", b"").status == 204
    with open_page(serving.server.address, session=page.id) as again:
        assert again.id == page.id


@pytest.mark.parametrize("chunked", [False, True])
def test_uploads_of_one_page_are_bounded(serving: Serving, chunked: bool) -> None:
    with open_page(serving.server.address) as page:
        content = bytes(1_400_000)
        assert page.upload("first", content, chunked).status == 204
        assert page.upload("second", content, chunked).status == 204
        refused = page.upload("third", content, chunked)
        assert refused.status == 413
        assert refused.text.startswith("The server may hold only 3 MB of uploaded files for one")
        assert page.remove("first").status == 204
        assert page.upload("third", content, chunked).status == 204


def test_uploads_of_all_pages_are_bounded_and_closed_pages_make_room(serving: Serving) -> None:
    with open_page(serving.server.address) as page:
        with open_page(serving.server.address) as other:
            statuses = [each.upload(str(n), b"").status for n in range(3) for each in (page, other)]
            assert statuses == [204, 204, 204, 204, 204, 413]
            assert "of uploaded files for all people" in other.upload("more", b"").text
            assert page.remove("0").status == 204
            assert other.upload("more", b"").status == 204
            assert page.upload("0", b"").status == 413
        wait_until(lambda: page.upload("0", b"").status == 204)


def test_wrong_values_are_left_out_with_a_line_in_the_log_for_each(serving: Serving) -> None:
    address = serving.server.address
    with open_page(address) as other, open_page(address, VISITOR) as page:
        drawn, wrong = len(other.widgets), [*page.widgets]
        assert len(wrong) == drawn
        page.widgets.clear()
        before = serving.text_of_log()
        page.run(*[WidgetState(id=widget, bytes_value=b"x") for widget in wrong])
        assert len(page.widgets) == drawn
        records = map(json.loads, serving.text_of_log().removeprefix(before).splitlines())
        levels = [record["level"] for record in records if record["level"] != "INFO"]
        assert levels == ["WARNING"] * drawn
        other.widgets.clear()
        other.run()
        assert len(other.widgets) == drawn


def test_the_log_has_one_object_a_line_and_no_secret(serving: Serving) -> None:
    cookie = {"Cookie": f"{COOKIE}={VISITOR}"}
    ask(serving.server.address, f"/{VISITOR}?token={VISITOR}", cookie)
    websocket_status(serving.server.address, {**cookie, "Host": "x.example"})
    lines = wait_until(lambda: [l for l in serving.text_of_log().splitlines() if l[:1] == "{"])
    records = [json.loads(line) for line in lines]
    assert all(record.keys() >= {"time", "level", "logger", "message"} for record in records)
    assert [r["run"] for r in records if "run" in r] == [serving.run]
    assert "uvicorn.access" not in {record["logger"] for record in records}
    others = [l for l in serving.text_of_log().splitlines() if l.strip() and l[:1] != "{"]
    assert [line.split()[0] for line in others] == ["You", "URL:"]
    for secret in (VISITOR, "f" * 32):
        assert secret not in serving.text_of_log()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks to end")
def test_the_end_leaves_no_process(serving: Serving) -> None:
    """End this server while a run is trained and a page is open; the last test of its server."""
    wait_until(lambda: serving.store.get(serving.run).status == "running")
    processes = serving.processes()
    assert len(processes) >= 4, "the server, the Keras host, a build worker, a training child"
    with connect(serving.server.address.replace("http", "ws") + "/_stcore/stream", proxy=None):
        serving.server.end()
    wait_until(lambda: not any(map(psutil.Process.is_running, processes)))
    assert serving.store.get(serving.run).status == "interrupted"
    assert serving.store.services.alive() == []
    assert "The server has ended." in serving.text_of_log()


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks to end")
def test_the_end_with_a_broken_database_leaves_no_process(tmp_path: Path) -> None:
    database = tmp_path / "runs.sqlite"
    env = {"FUSION_DATABASE_URL": f"sqlite:///{database}", "FUSION_BUILDERS": "1"}
    with server_process(env=env, log=tmp_path / "log") as server:
        wait_until(lambda: ask(server.address, "/ready").status == 200)
        processes = psutil.Process(server.process.pid).children(recursive=True)
        assert len(processes) >= 2, "the Keras host and a build worker"
        for file in tmp_path.glob("runs.sqlite*"):
            file.unlink()
        database.mkdir()
        wait_until(lambda: ask(server.address, "/ready").status == 503)
        server.end()
    wait_until(lambda: not any(map(psutil.Process.is_running, processes)))
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "The server has ended." in log
    assert "Traceback" not in log


def test_no_request_leaves_the_machine(tmp_path: Path) -> None:
    """Start a server of all addresses whose requests to others would go to a proxy, and open a
    websocket as a proxy that renames the host does.
    """
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        proxy.setblocking(False)
        port = proxy.getsockname()[1]
        env = {
            **dict.fromkeys(("http_proxy", "https_proxy"), f"http://127.0.0.1:{port}"),
            "no_proxy": "127.0.0.1",
            "FUSION_ALLOWED_HOSTS": "play.example.org",
            "FUSION_BUILDERS": "1",
            "FUSION_DATABASE_URL": f"sqlite:///{tmp_path / 'runs.sqlite'}",
        }
        with server_process(env=env, options={"server.address": "0.0.0.0"}) as server:
            wait_until(lambda: ask(server.address, "/ready").status == 200)
            named = {"Origin": "https://play.example.org"}
            assert websocket_status(server.address, named) == 101
        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_a_server_that_is_not_ready_gives_the_reason(tmp_path: Path) -> None:
    env = {
        "FUSION_BUILDERS": "none",
        "FUSION_DATABASE_URL": f"sqlite:///{tmp_path / 'no' / 'folder' / 'runs.sqlite'}",
    }
    start = "components.app.server.start"
    with server_process(env=env, log=tmp_path / "log", module=start) as server:
        wait_until(lambda: "FUSION_BUILDERS can only be" in ask(server.address, "/ready").text)
        reply = ask(server.address, "/ready")
        assert reply.status == 503
        parts = json.loads(reply.text)["parts"]
        assert parts["build_workers"]["ready"] is parts["database"]["ready"] is False
        assert parts["database"]["reason"].startswith("The database does not answer")
        assert str(tmp_path) not in reply.text
        assert ask(server.address, "/health").status == 200
        server.end(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "Aborted!" not in log
    assert server.process.returncode == 0 or sys.platform == "win32"


def test_a_server_whose_app_cannot_be_imported_ends_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "sqlalchemy.py").write_text("raise ImportError('it is broken')")
    env = {"PYTHONPATH": str(tmp_path), "FUSION_BUILDERS": "1"}
    with server_process(env=env, log=tmp_path / "log") as server:
        wait_until(lambda: server.process.poll() is not None)
    assert server.process.returncode != 0
    assert "ImportError: it is broken" in (tmp_path / "log").read_text(encoding="utf-8")


WRONG = [
    ("FUSION_ALLOWED_HOSTS", "https://play.example.org"),
    ("FUSION_FRAME_ANCESTORS", "https://a.example; script-src *"),
    ("FUSION_LOG", "xml"),
]


@pytest.mark.parametrize(("variable", "value"), cases(WRONG, WRONG[:1]))
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, variable: str, value: str) -> None:
    with (
        pytest.raises(RuntimeError, match="The server ended with code 1"),
        server_process(env={variable: value}, log=tmp_path / "log"),
    ):
        pass
    last = (tmp_path / "log").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert last.startswith(variable)
    assert f"({value.split()[0]}" in last
    assert "too short" not in last
