"""The store that commands work on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from components.core.errors import StoreError

if TYPE_CHECKING:
    from components.runs.store import Store


@contextmanager
def opened_store() -> Iterator[Store]:
    """Everybody's runs, in the database of FUSION_DATABASE_URL.

    Raises `StoreError` if it can't be used, or was damaged and set aside: a server goes on with a
    new file, but a command was about the old one.
    """
    from components.database import database
    from components.runs.store import Store

    logging.getLogger(database.__name__).addHandler(logging.NullHandler())
    with closing(Store()) as store:
        if store.notice:
            raise StoreError(
                f"The command can't go on. {store.notice}",
                "a damaged file",
                "Start the command again to work on the new file.",
            )
        yield store
