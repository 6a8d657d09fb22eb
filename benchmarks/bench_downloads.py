"""Downloads in two browsers while a server trains, races and serves a class.

Each press must end in a file, or in a sentence beside its button.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle, islice

from playwright.sync_api import Browser, Download, Page, expect

from benchmarks.bench_load import run_sessions
from benchmarks.plain import run_request
from benchmarks.rows import BenchmarkRow, show
from components.experiments.queue.store import Store
from components.sharing.formats import PICTURES
from sample_data.content import presets
from tests.e2e.browser import NO_HINTS, choose, chromium, idle, open_race, opened, press
from tests.serving import server_process
from tests.waiting import wait_until

DOWNLOADS = 100
VISITORS, SESSIONS, TRAININGS = 2, 20, 2
SECONDS = 900.0
"""Time limit of all downloads."""
ANSWER_SECONDS = 180.0
"""Time limit of one press."""
PATIENCE = 180_000
"""Milliseconds allowed for a page on a busy machine."""
FORMATS = (*PICTURES, "zip")
Outcome = tuple[str, float]
"""Result of a press, and its seconds."""


def main() -> None:
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/runs.sqlite"
        env = {"FUSION_DATABASE_URL": url, "FUSION_WORKERS": str(TRAININGS + 1)}
        store = stack.enter_context(closing(Store(url)))
        started = stack.enter_context(server_process(env=env))
        browser = stack.enter_context(chromium())
        pages = [_page(browser, started.address) for _ in range(VISITORS)]
        _train(store)
        _race(browser, started.address)
        stack.enter_context(_class(started.address))
        outcomes = _outcomes(pages)
    times = sorted(seconds for _, seconds in outcomes)
    counts = Counter(outcome for outcome, _ in outcomes)
    figures = {
        "presses": str(len(outcomes)),
        "files": str(counts.pop("file", 0)),
        "sentences": str(counts.pop("sentence", 0)),
        "neither": str(counts.total()),
        "p50": f"{times[len(times) // 2]:.1f} s",
        "longest": f"{times[-1]:.1f} s",
    }
    name = f"{SESSIONS} sessions, {TRAININGS} trainings and a race"
    show(f"{len(FORMATS)} formats in {VISITORS} browsers", [BenchmarkRow(name, figures)])


def _page(browser: Browser, address: str) -> Page:
    """Open the Build page of another person, with its Download panel open."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    context.add_init_script(NO_HINTS)
    page = context.new_page()
    page.goto(address)
    page.locator("g.node#relevance").wait_for()
    idle(page)
    opened(page, "take")
    return page


def _train(store: Store) -> None:
    """Start endless trainings, and wait for their first epochs."""
    model = presets.load(presets.DEFAULT)
    requests = (run_request(model, "xor", seed, epochs=1_000) for seed in range(TRAININGS))
    ids = [store.create(request, f"{seed:032x}") for seed, request in enumerate(requests)]
    wait_until(lambda: all(map(store.points, ids)))


def _race(browser: Browser, address: str) -> None:
    """Start a race that outlasts the downloads."""
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    open_race(page, address, "concatenate", "add", "multiply", epochs=1_000)
    press(page.locator(".st-key-start_race button"))


@contextmanager
def _class(address: str) -> Iterator[None]:
    """Let sessions change their models in the background."""
    stop = threading.Event()

    async def sessions() -> None:
        work = asyncio.create_task(run_sessions(address, SESSIONS, 2 * SECONDS))
        await asyncio.to_thread(stop.wait)
        work.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(sessions()))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _outcomes(pages: list[Page]) -> list[Outcome]:
    """Press one button after another, in each browser in turn, until the time is over."""
    outcomes: list[Outcome] = []
    end = time.monotonic() + SECONDS
    turns = zip(cycle(pages), (form for form in cycle(FORMATS) for _ in pages), strict=False)
    for page, form in islice(turns, DOWNLOADS):
        if time.monotonic() > end:
            break
        outcomes.append(_outcome(page, form))
        print(form, *outcomes[-1], flush=True)
    return outcomes


def _outcome(page: Page, form: str) -> Outcome:
    """Press the button of a format, and return the result and its seconds."""
    label = "All (.zip)"
    if form != "zip":
        choose(page, page.get_by_role("combobox", name="Picture"), "option", PICTURES[form].title)
        label = f"Picture as {PICTURES[form].title}"
    downloads: list[Download] = []
    page.once("download", lambda download: downloads.append(download))
    start = time.monotonic()
    page.get_by_role("button", name=label).click()
    failed = page.locator(".download-failed, [data-testid=stDownloadButtonError]")
    while (seconds := time.monotonic() - start) < ANSWER_SECONDS:
        if downloads:
            return ("file" if downloads[0].failure() is None else "neither"), seconds
        if failed.count():
            return "sentence", seconds
        page.wait_for_timeout(50)
    return "neither", seconds
