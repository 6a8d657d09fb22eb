"""Import of the app in a thread, while the server already answers."""

from __future__ import annotations

import asyncio
import pkgutil
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

from starlette.types import ASGIApp, Receive, Scope, Send

from components.app.streamlit_edge.messages import STREAM
from components.base.errors import PlaygroundError
from components.base.paths import OURS, ROOT
from components.base.workers.host import server_host

NEED_APP = (STREAM, "/ready")
"""Ends of the paths that wait for the app, such as each page's websocket."""
_loaded: asyncio.Task[None] | None = None


def load(then: Callable[[], None]) -> asyncio.Task[None]:
    """Begin to import the app, on the server's event loop; `then` is called in another thread.

    The task ends with the imports. If one fails, the server ends, and its log has the reason.
    """
    global _loaded
    with suppress(PlaygroundError):  # The engine says so on every page.
        server_host().start()
    _loaded = asyncio.create_task(asyncio.to_thread(_import_app, then))
    _loaded.add_done_callback(_end_if_failed)
    return _loaded


def _end_if_failed(loaded: asyncio.Task[None]) -> None:
    """End the server in order if the import failed; it then reports the error."""
    if not loaded.cancelled() and loaded.exception():
        signal.raise_signal(signal.SIGTERM)


def _import_app(then: Callable[[], None]) -> None:
    """Start the engine, and import all pages, with the modules that they import only when needed.

    First imports in two threads at once can block each other.
    """
    from components.app.parts.frame.engine import engine

    engine()
    for folder in ("parts", "pages"):
        path, prefix = ROOT / "components" / "app" / folder, f"{OURS}components.app.{folder}."
        for module in pkgutil.walk_packages([str(path)], prefix):
            import_module(module.name)
    import_module(f"{__package__}.health")
    threading.Thread(target=then, name="start-queue", daemon=True).start()


class AppIsLoaded:
    """Middleware that delays requests for the app until it is imported."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _loaded is not None and str(scope.get("path", "")).endswith(NEED_APP):
            await asyncio.shield(_loaded)
        await self._app(scope, receive, send)
