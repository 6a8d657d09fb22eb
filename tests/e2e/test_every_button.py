"""Every button of every page: none shows a bug, or loads TensorFlow into the web process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from components.sharing.links.link import PARAMETER, share
from sample_data.content import presets
from tests.e2e.browser import (
    inspect,
    link_to_small_model,
    open_race,
    press,
    select_run,
    train,
    unfold,
)
from tests.e2e.conftest import visitor
from tests.e2e.presses import COUNT, Presser
from tests.e2e.states import show
from tests.serving import ServerProcess, server_process

Reopen = Callable[[], None]
Stage = Callable[[Page, str], Reopen]
"""Function that prepares a page, and returns one that opens it as at the beginning."""


def build(page: Page, address: str) -> Reopen:
    link = f"{address}/?{PARAMETER}={share(presets.load(presets.DEFAULT))}"
    return lambda: show(page, link, "g.node#relevance")


def trained(page: Page, address: str) -> Reopen:
    link = link_to_small_model(address)
    train(page, link)
    url = _with_run(page, link, "Train")

    def reopen() -> None:
        show(page, url, ".report")
        select_run(page)

    return reopen


def inspected(page: Page, address: str) -> Reopen:
    link = link_to_small_model(address, seed=1)
    train(page, link)
    inspect(page)
    url = _with_run(page, link, "Inspect")

    def reopen() -> None:
        show(page, url, ".st-key-inspect_charts")
        unfold(page)

    return reopen


def compared(page: Page, address: str) -> Reopen:
    open_race(page, address, "add", "multiply")
    page.locator(".st-key-start_race button").click()
    expect(page.locator(".verdict")).to_be_visible()
    url = page.url
    return lambda: show(page, url, ".verdict")


def strategies(page: Page, address: str) -> Reopen:
    return lambda: show(page, f"{address}/Strategies", "[class*=st-key-entry_concatenate] svg")


def viewer(page: Page, address: str) -> Reopen:
    return lambda: show(page, f"{address}/Viewer", "g.node")


def learn(page: Page, address: str) -> Reopen:
    return lambda: show(page, f"{address}/Learn", ".lesson-card")


def lesson(page: Page, address: str) -> Reopen:
    return lambda: show(page, f"{address}/?lesson=xor", "g.node")


def room(page: Page, address: str) -> Reopen:
    def reopen() -> None:
        show(page, f"{address}/Room", ".st-key-room_open button, .room-sign")
        if opener := page.locator(".st-key-room_open button").all():
            press(opener[0])
            expect(page.locator(".room-sign")).to_be_visible()

    return reopen


STAGES = (build, trained, inspected, compared, strategies, viewer, learn, lesson, room)
PARTS: dict[Stage, str] = {lesson: ".st-key-lesson_panel"}
"""Part with the buttons of a stage, if it is not the whole page."""


def _with_run(page: Page, link: str, name: str) -> str:
    """Return the link of a page with the model of a link, and the run that the page shows."""
    parts = urlsplit(link)
    run = parse_qs(urlsplit(page.url).query)["run"][0]
    return f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}&run={run}"


@pytest.fixture(scope="module")
def pressed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Start a server for the presses, which leave runs and rooms behind."""
    folder = tmp_path_factory.mktemp("pressed")
    env = {
        "FUSION_DATABASE_URL": f"sqlite:///{folder / 'runs.sqlite'}",
        "FUSION_BUILDERS": "1",
        "FUSION_PACE": "100",
    }
    with server_process(env=env, log=folder / "log") as started:
        yield started


@pytest.mark.matrix
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_no_button_shows_a_bug_or_loads_tensorflow(
    stage: Stage, browser: Browser, pressed_server: ServerProcess
) -> None:
    with visitor(browser) as page:
        page.context.add_init_script(COUNT)
        presser = Presser(page, stage(page, pressed_server.address), PARTS.get(stage, "body"))
        presser.press_all()
    print(f"{stage.__name__}: {len(presser.pressed)} pressed; gone before: {presser.missed}")
    assert presser.failures == []
    assert len(presser.missed) < len(presser.pressed)
    assert pressed_server.loads_keras() == []
