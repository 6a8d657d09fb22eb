from tests.experiments.queue.conftest import database_url, postgres, store

__all__ = ["database_url", "postgres", "store"]
