from __future__ import annotations

from tests.experiments.queue.conftest import (
    backend,
    children,
    cluster,
    database_url,
    server,
    service,
    store,
)

__all__ = ["backend", "children", "cluster", "database_url", "server", "service", "store"]
