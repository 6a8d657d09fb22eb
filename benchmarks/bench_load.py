"""Load of a class on one server: many sessions that each change a model every two seconds, and its
queue.

The sessions speak Streamlit's own protocol over websockets, without a browser, and share the
machine's cores with the server. Each opens a model with widths of its own by a link, and moves the
sliders for depths to values that it has not used yet, so each change asks for a model never built
before.

Then 30 people have two short runs each in the queue when a server starts. Every run must end, none
may be lost or trained twice, and nobody's second run may start before everybody's first.

`taskset -c 0 python -m benchmarks load 10` measures one core.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.plain import run_request, two_vectors
from benchmarks.rows import BenchmarkRow, show
from components.experiments.queue.store import Store
from components.models.architecture.architecture import Architecture, parse
from components.sharing.links.link import PARAMETER, share
from sample_data.content import presets
from tests.serving import ServerProcess, server_process
from tests.waiting import wait_until

CLASSES = ((1, 0), (30, 0), (30, 2), (60, 0), (120, 0))
"""Numbers of sessions, and of runs trained at the same time."""
SECONDS = 30.0
LEFT_SECONDS = 150.0
"""Seconds allowed until the server forgets closed sessions. Streamlit keeps them for 2 minutes."""
GROWTH = 1.15
"""Maximum memory of the server after its sessions left, as a factor of its memory before."""
PAUSE = 2.0
"""Seconds between two changes of a session."""
PEOPLE = 30
RUNS_EACH = 2
STARTED = "A run goes to the runner."
"""Log message at the start of each run."""


@dataclass
class Measured:
    """Times of all sessions, in milliseconds."""

    pictures: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> None:
    """Print both tables. Arguments may be numbers of sessions: `30` or `30+2`."""
    wanted = [_class(text) for text in sys.argv[1:] if text[0].isdigit()]
    rows = [_measure(count, runs) for count, runs in wanted or CLASSES]
    show(f"A change every {PAUSE:g} s a session, to a model never built before", rows)
    show(f"{os.cpu_count()} at a time", [_queue()])


def _class(text: str) -> tuple[int, int]:
    sessions, _, runs = text.partition("+")
    return int(sessions), int(runs or 0)


def _measure(count: int, runs: int) -> BenchmarkRow:
    """Return the row for `count` sessions while the server trains `runs` runs."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/runs.sqlite"
        env = {"FUSION_DATABASE_URL": url, "FUSION_WORKERS": str(max(1, runs))}
        with closing(Store(url)) as store, server_process(env=env) as started:
            endless = presets.load(presets.DEFAULT)
            ids = [
                store.create(run_request(endless, "xor", seed, epochs=1_000), f"{seed:032x}")
                for seed in range(runs)
            ]
            asyncio.run(run_sessions(started.address, 1, 6.0))
            wait_until(lambda: all(map(store.points, ids)))
            return _row(started, count, f"{count} sessions" + (f", {runs} runs" if runs else ""))


def _row(started: ServerProcess, count: int, name: str) -> BenchmarkRow:
    process = psutil.Process(started.process.pid)
    before, start = _used(process), time.monotonic()
    memory = process.memory_info().rss
    measured = asyncio.run(run_sessions(started.address, count, SECONDS))
    full = process.memory_info().rss
    all_processes = sum(map(proportional_size, (process, *process.children(recursive=True))))
    seconds = _used(process) - before
    elapsed = time.monotonic() - start
    after = _memory_after(process, memory)
    return BenchmarkRow(
        name,
        {
            "cores": str(_cores()),
            "changes": str(len(measured.ends)),
            "picture p50": _milliseconds(measured.pictures, 50),
            "p95": _milliseconds(measured.pictures, 95),
            "end p50": _milliseconds(measured.ends, 50),
            "end p95": _milliseconds(measured.ends, 95),
            "first page p95": _milliseconds(measured.firsts, 95),
            "CPU-ms a change": f"{seconds / max(1, len(measured.ends)) * 1000:.0f}",
            "server's core": f"{seconds / elapsed:.0%}",
            "memory before, at the end, after": f"{memory >> 20}, {full >> 20}, {after >> 20} MB",
            "with Keras host, workers and children": f"{all_processes >> 20} MB",
            "errors": " ".join([str(len(measured.errors)), *measured.errors[:1]])[:70],
        },
    )


def _queue() -> BenchmarkRow:
    """Return the row of the short runs that wait when a server starts."""
    with tempfile.TemporaryDirectory() as folder:
        url, log = f"sqlite:///{folder}/runs.sqlite", Path(folder, "log")
        workers = str(os.cpu_count() or 1)
        env = {"FUSION_DATABASE_URL": url, "FUSION_WORKERS": workers, "FUSION_LOG": "json"}
        with closing(Store(url)) as store:
            owners = {
                store.create(
                    run_request(
                        two_vectors(units=32), "additive", RUNS_EACH * person + run, epochs=3
                    ),
                    f"{person:032x}",
                ): person
                for person in range(PEOPLE)
                for run in range(RUNS_EACH)
            }
            with server_process(env=env, log=log):
                wait_until(lambda: _started(log))
                begun = time.perf_counter()
                wait_until(lambda: all(store.get(run_id).ended for run_id in owners), 600.0)
                seconds = time.perf_counter() - begun
            finished = sum(store.get(run_id).status == "finished" for run_id in owners)
        started = _started(log)
    counts = Counter(started)
    turns = [owners[run_id] for run_id in dict.fromkeys(started)]
    return BenchmarkRow(
        f"{len(owners)} runs of {PEOPLE} people",
        {
            "seconds": f"{seconds:.1f}",
            "finished": str(finished),
            "lost": str(len(owners) - len(counts)),
            "twice": str(sum(count > 1 for count in counts.values())),
            "second before all first": str(max(map(turns.index, set(turns))) + 1 - PEOPLE),
        },
    )


def _started(log: Path) -> list[str]:
    """Return the ids of runs in the order of their starts."""
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if STARTED in line]
    return [json.loads(line)["run"] for line in lines]


def proportional_size(process: psutil.Process) -> int:
    """Return a process's bytes, with shared memory divided among the processes that share it."""
    full = process.memory_full_info()
    return int(getattr(full, "pss", full.rss))


def _cores() -> int:
    """Return the number of cores that this program and its server may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _memory_after(process: psutil.Process, before: int) -> int:
    """Return the server's memory in bytes after it forgot the sessions, or after a time limit."""
    start = time.monotonic()
    while (memory := process.memory_info().rss) > before * GROWTH:
        if time.monotonic() - start > LEFT_SECONDS:
            break
        time.sleep(1)
    return int(memory)


def _milliseconds(values: Sequence[float], percent: int) -> str:
    """Return a percentile of the values."""
    if len(values) < 2:
        return "–"
    return f"{statistics.quantiles(values, n=100)[percent - 1]:.0f} ms"


async def run_sessions(address: str, count: int, seconds: float) -> Measured:
    """Run sessions that change their models repeatedly until the time is over."""
    measured, end = Measured(), time.monotonic() + seconds
    sessions = (_Session(number, measured).run(address, end) for number in range(count))
    await asyncio.gather(*sessions)
    return measured


class _Session:
    """One visitor of the Build page."""

    _widths = itertools.count(32)

    def __init__(self, number: int, measured: Measured) -> None:
        self._measured = measured
        self._random = random.Random(number)
        self._sliders: dict[str, range] = {}
        """Values of each slider for a depth on the page, by id."""
        self._depths: dict[str, int] = {}
        self._parts: dict[str, str] = {}
        """Part of the page that has each slider, as a browser would send it."""
        self._moved = ""
        self._seen: set[tuple[int, ...]] = set()
        self._query = f"{PARAMETER}={share(_model(next(self._widths)))}"

    async def run(self, address: str, end: float) -> None:
        connection = websockets.connect(
            f"ws://{urlsplit(address).netloc}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            origin=websockets.Origin(address),
        )
        try:
            async with connection as socket:
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
            self._moved = identity
        self._seen.add(depths)
        start = time.perf_counter()
        await self._send(socket)
        await self._answer(socket, start)
        await asyncio.sleep(max(0.0, PAUSE - (time.perf_counter() - start)))

    async def _send(self, socket: websockets.ClientConnection) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.fragment_id = self._parts.get(self._moved, "")
        for identity, depth in self._depths.items():
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id = identity
            widget.double_array_value.data.append(depth)
        await socket.send(message.SerializeToString())

    async def _answer(
        self, socket: websockets.ClientConnection, start: float, first: bool = False
    ) -> bool:
        """Read until the run of the script has ended. Return `True` if there was a picture."""
        picture = False
        while True:
            data = await asyncio.wait_for(socket.recv(decode=False), 60)
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue  # A callback asked for only some parts of the page.
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
                self._parts[slider.id] = message.delta.fragment_id
            elif shown in ("exception", "alert") and "bug" in str(element):
                self._measured.errors.append("an error on the page")
            elif b"<svg" in data and not picture:
                picture = True
                if not first:
                    self._measured.pictures.append((time.perf_counter() - start) * 1000)


def _model(width: int) -> Architecture:
    """Return the image-text model with a width that no other session has."""
    data = presets.load(presets.DEFAULT).data()
    for branch in data["inputs"]:
        branch["encoder"]["projection"] = width
    return parse(data)
