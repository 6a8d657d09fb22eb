"""Settings of the server and its log that have no public name in Streamlit."""

from __future__ import annotations

import logging
from collections.abc import Callable

from streamlit import config
from streamlit import logger as streamlit_logger


def set_option(name: str, value: object) -> None:
    """Set an option of Streamlit's configuration before the server starts."""
    config.set_option(name, value)


def on_new_logger(change: Callable[[logging.Logger], None]) -> None:
    """Let a function set up each logger that Streamlit makes from now on, in place of its own."""
    streamlit_logger.setup_formatter = change  # type: ignore[assignment]
