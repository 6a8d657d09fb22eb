from __future__ import annotations

from tests.experiments.queue.conftest import backend, cluster, database_url, postgres, server, store

__all__ = ["backend", "cluster", "database_url", "postgres", "server", "store"]
