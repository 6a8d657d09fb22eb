"""Setup that `app.py` hands to Streamlit: the middleware, and the server's start and end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from components.app.parts.frame import cookie, watch
from components.app.parts.frame.network import base_path
from components.app.server import downloads
from components.app.server.headers import ResponseHeaders, frame_ancestors
from components.app.server.hosts import (
    HostGuard,
    NamedProxies,
    named_hosts,
    named_proxies,
    own_hosts,
)
from components.app.server.loading import AppIsLoaded, load
from components.app.server.sessions import HEADER, SessionGuard
from components.app.server.uploads import UploadGuard
from components.app.streamlit_edge import settings
from components.app.streamlit_edge.message_queue import send_pages_whole
from components.app.streamlit_edge.messages import MessageGuard, drop_wrong_values
from components.app.streamlit_edge.presses import keep_presses
from components.app.streamlit_edge.sessions import bind_to_header
from components.base.limits import HELD_BYTES, HELD_BYTES_EACH, UPLOAD_BYTES
from components.base.logs import configure_logging

if TYPE_CHECKING:
    from components.teaching.rooms.plan_races import PlanRaces

_OWNERS = ("streamlit", "uvicorn", "websockets")
_ACCESS = "uvicorn.access"
"""Log of every request: Streamlit turns it off, for it would fill the log."""

_log = logging.getLogger(__name__)


def middleware() -> list[Middleware]:
    """Return the middleware of this server, the outermost first.

    Raises `ServerError` or `RunError` if a setting is wrong.
    """
    st.secrets.load_if_toml_exists()  # Also sets the environment variables of the host's secrets.
    configure_logging()
    _take_over_logs()
    bind_to_header(HEADER)
    send_pages_whole()
    keep_presses()
    drop_wrong_values()
    cookie.server_sets_cookie = True
    # In units of 1,048,576 bytes: a file that is a little too large gets the sentence of its page.
    settings.set_option("server.maxUploadSize", UPLOAD_BYTES.value() // 1_000_000 + 1)
    return [
        Middleware(HostGuard, named_hosts(), own_hosts(st.get_option("server.address") or "")),
        Middleware(ResponseHeaders, frame_ancestors()),
        Middleware(MessageGuard),
        Middleware(SessionGuard),
        Middleware(UploadGuard, HELD_BYTES_EACH.value(), HELD_BYTES.value()),
        Middleware(NamedProxies, named_proxies()),
        Middleware(AppIsLoaded),
    ]


def _take_over_logs() -> None:
    """Pass on all records of Streamlit and uvicorn in place of their own handlers.

    This includes loggers that Streamlit makes later.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _OWNERS:
            _pass_on(logging.getLogger(name))
    settings.on_new_logger(_pass_on)


def _pass_on(logger: logging.Logger) -> None:
    logger.handlers.clear()
    logger.propagate = logger.name != _ACCESS


async def health(_: Request) -> JSONResponse:
    """Answer that the process is alive."""
    return JSONResponse({"alive": True})


async def ready(request: Request) -> JSONResponse:
    """Answer with the readiness of the app, once it is imported."""
    from components.app.server import health

    return await health.ready(request)


ROUTES = [
    Route("/health", health),
    Route("/ready", ready),
    Route(f"{base_path()}{downloads.PATH}", downloads.download),
]


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start the build workers, the queue and the races of plans.

    At the end, write drafts, and stop runs and workers.
    """
    loaded = load(_start_queue)
    watching = asyncio.create_task(watch.check_watched())
    yield
    _log.info("The server ends.")
    watching.cancel()
    await loaded
    await asyncio.to_thread(_shut_down)
    _log.info("The server has ended.")


def _start_queue() -> None:
    """Continue the runs of an earlier server, if the database answers, and start due races."""
    from components.app.server.health import database
    from components.experiments.queue import run_service

    if database().ready:
        run_service.service().warm_up()
    plan_races().start()


@cache
def plan_races() -> PlanRaces:
    """Return the thread that starts the races of plans on this server."""
    from components.app.parts.frame.engine import engine
    from components.experiments.queue import run_service
    from components.teaching.rooms.plan_races import PlanRaces

    return PlanRaces(run_service.service, lambda: engine().ready)


def _shut_down() -> None:
    from components.app.parts.frame import draft_tab
    from components.app.parts.frame.engine import engine
    from components.experiments.queue import run_service

    draft_tab.close()
    plan_races().close()
    run_service.shutdown()
    engine().close()
