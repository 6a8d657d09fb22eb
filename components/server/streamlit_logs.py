"""The records of Streamlit and its web server, in the same form as our own."""

from __future__ import annotations

import logging

from streamlit import logger as streamlit_logger

_OWNERS = ("streamlit", "uvicorn", "websockets")
_ACCESS = "uvicorn.access"
"""A record of every request: Streamlit turns it off, for it would fill the log."""


def take_over_logs() -> None:
    """Pass on all records of Streamlit and uvicorn, which give each logger a handler of its own.

    Streamlit makes loggers later too; each of them goes through this function of Streamlit.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _OWNERS:
            _pass_on(logging.getLogger(name))
    streamlit_logger.setup_formatter = _pass_on


def _pass_on(logger: logging.Logger) -> None:
    logger.handlers.clear()
    logger.propagate = logger.name != _ACCESS
