"""The recipes of `docs/run_a_class.md`: HTTPS with real servers, frames, and the backup."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from components.base.paths import ROOT
from components.experiments.queue.store import Store
from tests.e2e.browser import open_file
from tests.experiments.training.support import request
from tests.serving import free_port, server_process
from tests.waiting import PATIENCE_SECONDS, wait_until

PAGE = (ROOT / "docs/run_a_class.md").read_text(encoding="utf-8")
NAME = "play.school.localhost"
"""Host name that every browser resolves to this machine."""
UNCHECKED = ssl._create_unverified_context()
pytestmark = pytest.mark.matrix


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def command_with(word: str) -> list[str]:
    """Return the words of the page's only command that contains `word`, with this machine's
    name.
    """
    (line,) = [line for block in blocks("sh") for line in block.splitlines() if word in line]
    return shlex.split(re.sub(r"play\.\w+\.(org|example)", NAME, line))


def variables(words: list[str]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words if re.match("[A-Z_]+=", word))


def installed(name: str) -> str:
    """Return the path of a server program. Skips the test if it is not installed."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    return found or pytest.skip(f"{name} is not installed")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app behind a proxy with the variables of the page, and yield its host and port."""
    env = variables(command_with("FUSION_ALLOWED_HOSTS=play.example.org FORWARDED"))
    folder = tmp_path_factory.mktemp("app")
    env |= {"FUSION_DATABASE_URL": f"sqlite:///{folder}/runs.sqlite", "FUSION_BUILDERS": "1"}
    with server_process(env=env, options={"server.address": "127.0.0.1"}) as started:
        yield started.address.removeprefix("http://")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the certificate that the command of the page makes."""
    folder = tmp_path_factory.mktemp("certificate")
    words = command_with("openssl req")
    subprocess.run([installed(words[0]), *words[1:]], cwd=folder, check=True, capture_output=True)
    return folder


@contextmanager
def running(command: list[str], port: int, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a server with TLS during the block, and yield its address."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(env or {})})
    try:
        wait_until(lambda: encrypts(port) or process.poll() is not None)
        assert process.poll() is None, f"{command[0]} has ended"
        yield f"https://{NAME}:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def encrypts(port: int) -> bool:
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", port)) as plain,
        UNCHECKED.wrap_socket(plain, server_hostname=NAME),
    ):
        return True
    return False


def works(browser: Browser, address: str) -> None:
    """Check that pages, websockets and uploads work, and that the cookie is sent over TLS only."""
    with closing(browser.new_context(ignore_https_errors=True)) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".viewer svg").first).to_be_visible()
        open_file(page, ROOT / "sample_data/content/presets/wide_and_deep.json")
        expect(page.get_by_test_id("figures")).to_contain_text("1,207")
        assert cookies(context) == [True]


def cookies(context: BrowserContext) -> list[bool | None]:
    """Return for each cookie of the visitor whether it is sent over TLS only."""
    return [one.get("secure") for one in context.cookies() if one.get("name") == "fusion_visitor"]


def test_caddy(app: str, browser: Browser, tmp_path: Path) -> None:
    caddy, port = installed("caddy"), free_port()
    (text,) = blocks("caddy")
    line = re.search(r"add the line `(tls internal)`", PAGE)
    assert line
    text = text.replace("play.example.org {", f"{NAME}:{port} {{\n    {line[1]}")
    text = text.replace("127.0.0.1:8501", app)
    alone = "{\n    admin off\n    skip_install_trust\n    auto_https disable_redirects\n}\n"
    config = tmp_path / "Caddyfile"
    config.write_text(alone + text, encoding="utf-8")
    env = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(config)]
    with running(command, port, env) as address:
        works(browser, address)


def test_nginx(app: str, browser: Browser, certificate: Path, tmp_path: Path) -> None:
    nginx, port = installed("nginx"), free_port()
    (text,) = blocks("nginx")
    for shipped, here in (
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("play.example.org", NAME),
        ("/etc/ssl/", f"{certificate}/"),
        ("127.0.0.1:8501", app),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in kinds)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off;\npid {tmp_path}/nginx.pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{text}}}\n",
        encoding="utf-8",
    )
    command = [nginx, "-c", str(config), "-e", str(tmp_path / "error.log")]
    with running(command, port) as address:
        works(browser, address)


def test_the_servers_own_certificate(browser: Browser, certificate: Path, tmp_path: Path) -> None:
    port, words = free_port(), command_with("sslCertFile")
    env = variables(words) | {"FUSION_DATABASE_URL": f"sqlite:///{tmp_path}/runs.sqlite"}
    shipped = [word for word in words if word not in map("=".join, variables(words).items())]
    assert shipped[0] == ".venv/bin/streamlit"
    here = {"0.0.0.0": "127.0.0.1", "8443": str(port)}
    files = {name: str(certificate / name) for name in ("play.pem", "play.key")}
    options = [(here | files).get(word, word) for word in shipped[1:]]
    command = [sys.executable, "-m", "streamlit", *options, "--server.headless", "true"]
    with running(command, port, env | {"FUSION_BUILDERS": "1"}) as address:
        works(browser, address)


@contextmanager
def platform(frame: str) -> Iterator[int]:
    """Serve a page with a frame, as a learning platform does, and yield its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(frame.encode())

        def log_message(self, *_: object) -> None:
            """Suppress the log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_port)
        server.shutdown()


def test_a_frame_of_the_same_site_has_the_cookie_and_one_of_another_site_has_not(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    (frame,) = blocks("html")
    frame = frame.replace("https://play.school.example", f"http://{NAME}:{port}")
    with platform(frame) as own:
        same, other = f"http://lms.school.localhost:{own}", f"http://lms.other.localhost:{own}"
        assert "FUSION_FRAME_ANCESTORS" in variables(command_with("FUSION_FRAME_ANCESTORS"))
        env = {
            "FUSION_FRAME_ANCESTORS": f"{same} {other}",
            "FUSION_ALLOWED_HOSTS": NAME,
            "FUSION_DATABASE_URL": f"sqlite:///{tmp_path}/runs.sqlite",
            "FUSION_BUILDERS": "1",
        }
        with server_process(env=env, port=port):
            for address, kept in ((same, 1), (other, 0)):
                with closing(browser.new_context()) as context:
                    page: Page = context.new_page()
                    page.goto(address)
                    inside = page.frame_locator("iframe")
                    expect(inside.locator(".viewer svg").first).to_be_visible()
                    assert len(cookies(context)) == kept, address


def test_a_backup_of_a_database_in_use_is_restored_where_a_server_was_killed(
    tmp_path: Path,
) -> None:
    running, stopped = tmp_path / ".data", tmp_path / "stopped"
    running.mkdir()
    with closing(Store(f"sqlite:///{running}/runs.sqlite")) as store:
        kept = store.create(request(), "a" * 32)
        words = command_with("VACUUM INTO")
        subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, check=True)
        store.create(request(), "a" * 32)
        shutil.copytree(running, stopped)
    shutil.move(tmp_path / "backup.sqlite", stopped / "runs.sqlite")
    for leftover in re.findall(r"`(runs\.sqlite-\w+)`", PAGE):
        (stopped / leftover).unlink()
    with closing(Store(f"sqlite:///{stopped}/runs.sqlite")) as store:
        assert [run.id for run in store.list()] == [kept]
