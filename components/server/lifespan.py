"""The start of the server, before its first visitor, and its end, which leaves no process."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from components.runs import run_service
from components.server.health import database
from components.ui.kit import draft_tab
from components.ui.kit.engine import engine

_log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start the build workers and the queue; at the end write drafts, and stop runs and workers."""
    engine()
    threading.Thread(target=_start_queue, name="start-queue", daemon=True).start()
    yield
    _log.info("The server ends.")
    await asyncio.to_thread(_shut_down)
    _log.info("The server has ended.")


def _start_queue() -> None:
    """Let the runs of the server before go on, if the database answers."""
    if database().ready:
        run_service.service().warm_up()


def _shut_down() -> None:
    draft_tab.close()
    run_service.shutdown()
    engine().close()
