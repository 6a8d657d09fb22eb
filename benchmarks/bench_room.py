"""A class room full of learners: how far the teacher's grid is behind, and how quick changes are.

The learners speak Streamlit's own protocol, as in `bench_load`: each joins the room, changes its
model every two seconds, and its panel asks for news every two. Meanwhile checks are stored for
them, and the teacher's page, polled each second as a browser does, is watched for when it shows
each of them.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.bench_load import Measured, Session, connect, milliseconds, run_sessions
from benchmarks.rows import BenchmarkRow, show
from components.lessons import library
from components.people.lesson_store import LessonProgress, LessonStore
from components.rooms.content import SentLink
from components.rooms.roles import RoomLimits, Rooms
from components.runs.store import Store
from tests.serving import server_process

LEARNERS = (0, 30)
SECONDS = 30.0
CHECK_SECONDS = (0.2, 1.8)
"""Least and most time between two checks that are stored."""
WARM_SECONDS = 6.0
"""How long one session uses the server first."""
TEACHER = f"{0:032x}"


@dataclass
class RoomMeasured:
    """What was measured, in milliseconds."""

    changes: Measured = field(default_factory=Measured)
    behind: list[float] = field(default_factory=list)
    """From a check in the store to the grid that shows it."""


def main() -> None:
    """Print the rows. Numbers of learners may be arguments of this module."""
    wanted = [int(count) for count in sys.argv[1:] if count.isdigit()] or LEARNERS
    show(
        "A class room: a change every 2 s a learner, a check every second",
        [_measure(count) for count in wanted],
    )


def _measure(count: int) -> BenchmarkRow:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/runs.sqlite"
        with (
            closing(Store(url)) as store,
            server_process(env={"FUSION_DATABASE_URL": url}) as started,
        ):
            asyncio.run(run_sessions(started.address, 1, WARM_SECONDS))
            code = _room(store, count)
            measured = asyncio.run(_class(started.address, store, code, count))
    changes = measured.changes
    return BenchmarkRow(
        f"{count} learners",
        {
            "checks": str(len(measured.behind)),
            "grid behind p50": milliseconds(measured.behind, 50),
            "p95": milliseconds(measured.behind, 95),
            "at most": f"{max(measured.behind, default=0):.0f} ms",
            "changes": str(len(changes.ends)),
            "change p95": milliseconds(changes.ends, 95),
            "errors": " ".join([str(len(changes.errors)), *changes.errors[:1]])[:70],
        },
    )


def _learner(number: int) -> str:
    return f"{number + 1:032x}"


def _room(store: Store, count: int) -> str:
    """A room with a lesson and so many learners, one of whom no session plays."""
    code, _ = Rooms(store, TEACHER, RoomLimits()).open()
    name = library.names()[0]
    sent = SentLink(number=0, kind="lesson", target=name, title=name, lesson=name)
    Rooms(store, TEACHER, RoomLimits()).teacher(code).send(sent)
    for number in range(count + 1):
        Rooms(store, _learner(number), RoomLimits()).join(code, f"Learner {number}")
    return code


async def _class(address: str, store: Store, code: str, count: int) -> RoomMeasured:
    measured, end = RoomMeasured(), time.monotonic() + SECONDS
    learners = (
        _LearnerSession(number, measured.changes, _learner(number)).run(address, end)
        for number in range(count)
    )
    await asyncio.gather(_teach(address, store, count, end, measured), *learners)
    return measured


async def _teach(address: str, store: Store, last: int, end: float, measured: RoomMeasured) -> None:
    """Store checks for the last learner at any moment, while the page asks each second."""
    grid = _Grid()
    async with connect(address, TEACHER) as socket:
        await grid.open(socket)
        checks = asyncio.create_task(_store_checks(store, last, end, grid))
        while not checks.done():
            for stored in grid.shown_in(await grid.poll(socket)):
                measured.behind.append((time.perf_counter() - stored) * 1000)
        await checks


async def _store_checks(store: Store, last: int, end: float, grid: _Grid) -> None:
    """Store a check more, wait until the grid shows it, and again."""
    name = library.names()[0]
    check, tries, moments = library.load(name).checks[0].id, 0, random.Random(0)
    while time.monotonic() < end:
        await asyncio.sleep(moments.uniform(*CHECK_SECONDS))
        tries += 1
        progress = LessonProgress(lesson=name, tries={check: tries})
        await asyncio.to_thread(LessonStore(store.database).put, _learner(last), progress)
        await grid.shows(f"✗ {tries}<".encode())


class _LearnerSession(Session):
    """A learner on the Build page, whose panel asks for news between two changes."""

    async def _pause(self, socket: websockets.ClientConnection, seconds: float) -> None:
        start = time.perf_counter()
        await asyncio.sleep(seconds / 2)
        for fragment in sorted(self._timers):
            await self._send(socket, fragment)
            await self._answer(socket, start, first=True)
        await asyncio.sleep(max(0.0, seconds - (time.perf_counter() - start)))


class _Grid:
    """The teacher's page, which is drawn again as a browser asks for it."""

    def __init__(self) -> None:
        self._fragments: dict[str, float] = {}
        self._due = 0.0
        self._awaited: tuple[bytes, float, asyncio.Event] | None = None

    async def shows(self, text: bytes) -> None:
        """Wait until the page shows a text that is stored now."""
        shown = asyncio.Event()
        self._awaited = (text, time.perf_counter(), shown)
        await shown.wait()

    def shown_in(self, data: bytes) -> list[float]:
        """When the awaited text was stored, if it is shown now."""
        if self._awaited is None or self._awaited[0] not in data:
            return []
        _, stored, shown = self._awaited
        self._awaited = None
        shown.set()
        return [stored]

    async def open(self, socket: websockets.ClientConnection) -> None:
        """Open the page, and note which parts of it draw themselves."""
        message = BackMsg()
        message.rerun_script.page_name = "Room"
        await socket.send(message.SerializeToString())
        await self._read(socket)

    async def poll(self, socket: websockets.ClientConnection) -> bytes:
        """What the next timer of the page brings."""
        fragment, seconds = next(iter(self._fragments.items()))
        await asyncio.sleep(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + seconds
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
        await socket.send(message.SerializeToString())
        return await self._read(socket)

    async def _read(self, socket: websockets.ClientConnection) -> bytes:
        """All that one run of the script sends."""
        parts: list[bytes] = []
        while True:
            data = await asyncio.wait_for(socket.recv(decode=False), 60)
            message = ForwardMsg()
            message.ParseFromString(data)
            parts.append(data)
            kind = message.WhichOneof("type")
            if kind == "auto_rerun":
                self._fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            if kind == "script_finished":
                return b"".join(parts)


if __name__ == "__main__":
    main()
