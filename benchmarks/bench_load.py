"""A class on one server: many sessions that each change a model every two seconds.

The sessions speak Streamlit's own protocol over websockets, without a browser, and share the
machine's cores with the server. Each opens a model with widths of its own by a link, and moves the
sliders for depths to values it has not had yet, so each change asks for a model never built before.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.rows import BenchmarkRow, show
from components.export.link import PARAMETER, share
from components.model.spec import Architecture, parse
from components.runs.store import Store
from components.training.requests import RunRequest, Settings
from components.ui.kit.visitor import COOKIE
from sample_data import presets
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.serving import ServerProcess, server_process

CLASSES = ((1, 0), (30, 0), (30, 2), (60, 0), (120, 0))
"""Numbers of sessions, and of runs that are trained meanwhile."""
SECONDS = 30.0
LEFT_SECONDS = 150.0
"""How long the server may take to forget sessions that left. Streamlit keeps them for 2 minutes."""
GROWTH = 1.15
"""The memory that the server may have after its sessions left, as a factor of that before."""
PAUSE = 2.0
"""Seconds from one change of a session to its next."""


@dataclass
class Measured:
    """What all sessions together measured, in milliseconds."""

    pictures: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> None:
    """Print the rows. Numbers of sessions may be arguments of this module: `30` or `30+2`."""
    wanted = [_class(text) for text in sys.argv[1:] if text[0].isdigit()]
    show(
        f"A change every {PAUSE:g} s a session, to a model never built before",
        [_measure(count, runs) for count, runs in wanted or CLASSES],
    )


def _measure(count: int, runs: int) -> BenchmarkRow:
    """The row of so many sessions while the server trains so many runs."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/runs.sqlite"
        env = {"FUSION_DATABASE_URL": url, "FUSION_WORKERS": str(max(1, runs))}
        with closing(Store(url)) as store, server_process(env=env) as started:
            ids = [_submit(store, number) for number in range(runs)]
            return _row(started, count, lambda: all(map(store.points, ids)), runs)


def _class(text: str) -> tuple[int, int]:
    sessions, _, runs = text.partition("+")
    return int(sessions), int(runs or 0)


def _submit(store: Store, number: int) -> str:
    """A run that the server trains as long as the sessions are there."""
    data = DataSpec(relation=RELATIONS["xor"](), samples=2_000, seed=number)
    request = RunRequest(
        architecture=presets.load(presets.DEFAULT),
        data=data,
        settings=Settings(epochs=1_000, patience=0),
    )
    return store.create(request, owner=f"{number:032x}")


def _row(started: ServerProcess, count: int, trains: Callable[[], bool], runs: int) -> BenchmarkRow:
    address, process = started.address, psutil.Process(started.process.pid)
    asyncio.run(run_sessions(address, 1, 6.0))
    while not trains():
        time.sleep(0.1)
    before, start = _used(process), time.monotonic()
    memory = process.memory_info().rss
    with _watched(process) as most:
        measured = asyncio.run(run_sessions(address, count, SECONDS))
    seconds = _used(process) - before
    elapsed = time.monotonic() - start
    changes = max(1, len(measured.ends))
    after = _memory_after(process, memory)
    return BenchmarkRow(
        f"{count} sessions" + f", {runs} runs train" * bool(runs),
        {
            "changes": str(len(measured.ends)),
            "picture p50": milliseconds(measured.pictures, 50),
            "p95": milliseconds(measured.pictures, 95),
            "end p50": milliseconds(measured.ends, 50),
            "end p95": milliseconds(measured.ends, 95),
            "first page p95": milliseconds(measured.firsts, 95),
            "CPU-ms a change": f"{seconds / changes * 1000:.0f}",
            "server's core": f"{seconds / elapsed:.0%}",
            "memory before, at most, after": f"{memory >> 20}, {max(most) >> 20}, {after >> 20} MB",
            "errors": " ".join([str(len(measured.errors)), *measured.errors[:1]])[:70],
        },
    )


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _memory_after(process: psutil.Process, before: int) -> int:
    """The server's memory in bytes once it has forgotten the sessions, or after a while."""
    start = time.monotonic()
    while (memory := process.memory_info().rss) > before * GROWTH:
        if time.monotonic() - start > LEFT_SECONDS:
            break
        time.sleep(1)
    return int(memory)


@contextmanager
def _watched(process: psutil.Process) -> Iterator[list[int]]:
    """The server's memory in bytes, again and again while the block runs."""
    import threading

    most, over = [process.memory_info().rss], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            most.append(process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def milliseconds(values: Sequence[float], percent: int) -> str:
    """A percentile of the values."""
    if len(values) < 2:
        return "–"
    return f"{statistics.quantiles(values, n=100)[percent - 1]:.0f} ms"


async def run_sessions(address: str, count: int, seconds: float) -> Measured:
    """So many sessions, each of which changes its model again and again for so long."""
    measured, end = Measured(), time.monotonic() + seconds
    sessions = (Session(number, measured).run(address, end) for number in range(count))
    await asyncio.gather(*sessions)
    return measured


def connect(address: str, visitor: str = "") -> websockets.connect:
    """A connection as the browser of a visitor opens it."""
    return websockets.connect(
        f"ws://{urlsplit(address).netloc}/_stcore/stream",
        subprotocols=[websockets.Subprotocol("streamlit")],
        max_size=None,
        origin=websockets.Origin(address),
        additional_headers={"Cookie": f"{COOKIE}={visitor}"} if visitor else {},
    )


class Session:
    """One visitor of the Build page."""

    _widths = itertools.count(32)

    def __init__(self, number: int, measured: Measured, visitor: str = "") -> None:
        self._measured, self._visitor = measured, visitor
        self._timers: set[str] = set()
        """The parts of the page that ask for news, a second or more apart."""
        self._random = random.Random(number)
        self._sliders: dict[str, range] = {}
        """The sliders for depths on the page, by id, and their values."""
        self._depths: dict[str, int] = {}
        self._seen: set[tuple[int, ...]] = set()
        self._query = f"{PARAMETER}={share(_model(next(self._widths)))}"

    async def run(self, address: str, end: float) -> None:
        try:
            async with connect(address, self._visitor) as socket:
                start = time.perf_counter()
                await self._send(socket)
                while not await self._answer(socket, start, first=True):
                    await asyncio.sleep(0.3)
                    await self._send(socket)
                self._measured.firsts.append((time.perf_counter() - start) * 1000)
                await asyncio.sleep(PAUSE * self._random.random())
                while time.monotonic() < end:
                    await self._change(socket)
        except Exception as error:
            self._measured.errors.append(f"{type(error).__name__}: {error}")

    async def _change(self, socket: websockets.ClientConnection) -> None:
        self._query = ""
        while (depths := tuple(self._depths.values())) in self._seen or not depths:
            identity = self._random.choice(sorted(self._sliders))
            self._depths[identity] = self._random.choice(self._sliders[identity])
        self._seen.add(depths)
        start = time.perf_counter()
        await self._send(socket)
        await self._answer(socket, start)
        await self._pause(socket, max(0.0, PAUSE - (time.perf_counter() - start)))

    async def _pause(self, socket: websockets.ClientConnection, seconds: float) -> None:
        """What is done between two changes."""
        await asyncio.sleep(seconds)

    async def _send(self, socket: websockets.ClientConnection, fragment: str = "") -> None:
        message = BackMsg()
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        else:
            self._timers.clear()
        message.rerun_script.query_string = self._query
        for identity, depth in self._depths.items():
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id = identity
            widget.double_array_value.data.append(depth)
        await socket.send(message.SerializeToString())

    async def _answer(
        self, socket: websockets.ClientConnection, start: float, first: bool = False
    ) -> bool:
        """Read until the run of the script has ended; whether there was a picture."""
        picture = False
        while True:
            data = await asyncio.wait_for(socket.recv(decode=False), 60)
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "auto_rerun" and message.auto_rerun.interval >= 1:
                self._timers.add(message.auto_rerun.fragment_id)
            if kind == "script_finished":
                if not first:
                    self._measured.ends.append((time.perf_counter() - start) * 1000)
                return picture
            if kind != "delta" or message.delta.WhichOneof("type") != "new_element":
                continue
            element = message.delta.new_element
            shown = element.WhichOneof("type")
            if shown == "slider" and "epth" in element.slider.label:
                slider = element.slider
                self._sliders[slider.id] = range(max(1, int(slider.min)), int(slider.max) + 1)
                self._depths.setdefault(slider.id, int(slider.default[0]))
            elif shown in ("exception", "alert") and "bug" in str(element):
                self._measured.errors.append("an error on the page")
            elif b"<svg" in data and not picture:
                picture = True
                if not first:
                    self._measured.pictures.append((time.perf_counter() - start) * 1000)


def _model(width: int) -> Architecture:
    """The image-text model with a width that no other session has."""
    data = presets.load(presets.DEFAULT).data()
    for branch in data["inputs"]:
        branch["encoder"]["projection"] = width
    return parse(data)


if __name__ == "__main__":
    main()
