"""Build workers of this server: pages show models, and the server never imports Keras."""

from __future__ import annotations

import gc
import logging
import threading
from contextlib import suppress

from components.app.parts.editor.model_editor import Build
from components.app.parts.frame.visitor import owner
from components.base.errors import PlaygroundError
from components.base.workers import needs_keras
from components.base.workers.build_pool import BuildPool
from components.base.workers.host import server_host
from components.base.workers.keras_import import refuse_keras
from components.experiments.training.pace import measured_slowness
from components.models.analysis.model_view import built_view

CLOSE_SECONDS = 5.0
"""Seconds that `close` waits for workers that are starting."""
log = logging.getLogger(__name__)


class Engine:
    """Starter of the build workers, once, in a thread, while pages are already shown.

    From its start on, this process refuses to import Keras.
    """

    def __init__(self) -> None:
        refuse_keras()
        self.pool: BuildPool | None = None
        self.failure: str | None = None
        self.slowness = 1.0
        """Slowness of this machine relative to the assumed one, once it is ready."""
        self._done = threading.Event()
        threading.Thread(target=self._start, name="start-build-workers", daemon=True).start()

    @property
    def ready(self) -> bool:
        """`True` if models can be built now."""
        return self._done.is_set() and self.failure is None

    def wait(self, seconds: float) -> bool:
        """Wait for the workers, at most `seconds`. Return `True` if they have started."""
        return self._done.wait(seconds)

    def close(self) -> None:
        """End the build workers and the Keras host, also while they start."""
        with suppress(PlaygroundError):
            server_host().close()
        self.wait(CLOSE_SECONDS)
        if self.pool is not None:
            self.pool.close()

    def _start(self) -> None:
        try:
            self.pool = BuildPool(server_host())
            needs_keras.use(self.pool, owner)  # What needs Keras now waits for a worker.
            self.pool.warm_up()
            self.slowness = measured_slowness()
        except PlaygroundError as error:
            self.failure = str(error)
        except Exception as error:
            log.exception("The build workers could not start")
            self.failure = f"{type(error).__name__}: {error}"
        self._done.set()
        # What is loaded by now stays: a full collection would look through it for 100 ms each time.
        gc.collect()
        gc.freeze()


_engine: Engine | None = None
_engine_lock = threading.Lock()


def engine() -> Engine:
    """Return the one engine of this server. Its workers, once started, run what needs Keras.

    It is not in Streamlit's cache, which any visitor's message may empty.
    """
    global _engine
    with _engine_lock:
        if _engine is None:
            _engine = Engine()
        started = _engine
    needs_keras.use(started.pool, owner)
    return started


def builder() -> Build | None:
    """Return the check that a model can be built; `None` until there are build workers."""
    return built_view if engine().ready else None
