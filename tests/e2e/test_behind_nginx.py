"""`deploy/nginx.conf` with a real nginx: a sub-path, and two servers that share a database."""

from __future__ import annotations

import re
import shutil
import subprocess
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from components.base.paths import ROOT
from tests.e2e.browser import open_file, press
from tests.serving import free_port, server_process
from tests.waiting import PATIENCE_SECONDS, wait_until

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
VISITORS = 24
pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of nginx and the database."""
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def home(folder: Path) -> Iterator[str]:
    """Start two apps behind nginx, and yield their common address."""
    env = {"FUSION_DATABASE_URL": f"sqlite:///{folder}/runs.sqlite", "FUSION_BUILDERS": "1"}
    options = {"server.baseUrlPath": "playground"}
    with (
        server_process(env=env, options=options) as one,
        server_process(env=env, options=options) as two,
        _nginx(folder, one.address, two.address) as address,
    ):
        yield f"{address}/playground/"


@contextmanager
def _nginx(folder: Path, *apps: str) -> Iterator[str]:
    """Run nginx with the shipped configuration, but with local ports, a sub-path and its own
    folders.
    """
    port = free_port()
    text = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    for shipped, here in (
        ("app1:8501", apps[0].removeprefix("http://")),
        ("app2:8501", apps[1].removeprefix("http://")),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("location / {", "location /playground/ {"),
        ("http {\n", f"http {{\n{_settings(folder)}"),
    ):
        assert text.count(shipped) == 1, shipped
        text = text.replace(shipped, here)
    config = folder / "nginx.conf"
    config.write_text(f"daemon off;\npid {folder}/nginx.pid;\n{text}", encoding="utf-8")
    nginx = subprocess.Popen([NGINX, "-c", str(config), "-e", str(folder / "error.log")])
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: _get(f"{address}/playground/", "") == 200)
        yield address
    finally:
        nginx.terminate()
        nginx.wait(PATIENCE_SECONDS)


def _settings(folder: Path) -> str:
    """Return settings for the folders that nginx writes to, and for a log of each request's app."""
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in names)
    log = "    log_format to '$cookie_fusion_visitor $upstream_addr';\n"
    return f"{log}    access_log {folder}/requests.log to;\n{paths}"


def _get(url: str, cookie: str) -> int:
    headers = {"Accept": "text/html", "Cookie": f"fusion_visitor={cookie}"}
    request = urllib.request.Request(url, headers=headers)
    with suppress(urllib.error.URLError), urllib.request.urlopen(request) as answer:
        return int(answer.status)
    return 0


def _apps(folder: Path) -> dict[str, set[str]]:
    """Return the apps that served the requests of each visitor with a cookie."""
    apps: dict[str, set[str]] = {}
    for line in (folder / "requests.log").read_text(encoding="utf-8").splitlines():
        visitor, _, app = line.partition(" ")
        apps.setdefault(visitor, set()).add(app)
    apps.pop("-", None)
    return apps


def test_pages_websockets_and_uploads_come_through(
    home: str, folder: Path, browser: Browser
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(home)
    expect(page.locator(".viewer svg").first).to_be_visible()
    open_file(page, ROOT / "sample_data/content/presets/wide_and_deep.json")
    expect(page.get_by_test_id("figures")).to_contain_text("1,207")
    press(page.get_by_role("link", name="Train").first)
    expect(page).to_have_url(re.compile(rf"{re.escape(home)}Train(\?|$)"))
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    (cookie,) = [c for c in context.cookies() if c.get("name") == "fusion_visitor"]
    context.close()
    assert cookie.get("httpOnly") is True
    assert len(_apps(folder)[str(cookie.get("value"))]) == 1


def test_visitors_are_spread_over_the_apps_and_stay_there(home: str, folder: Path) -> None:
    visitors = [uuid.uuid4().hex for _ in range(VISITORS)]
    for visitor in [*visitors, *visitors]:
        assert _get(home, visitor) == 200
    apps = _apps(folder)
    assert all(len(apps[visitor]) == 1 for visitor in visitors)
    assert len(set.union(*(apps[visitor] for visitor in visitors))) == 2
