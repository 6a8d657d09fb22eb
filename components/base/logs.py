"""Format of the playground's logs: one line of text or of JSON for each record."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

from components.base.environment import choice
from components.base.paths import OURS

VARIABLE = "FUSION_LOG"
EXTRAS = ("run", "sweep")
"""Extra fields of a record besides its message: `extra={"run": run_id}`."""
HIDDEN = "[hidden]"
_COOKIE = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
"""Visitor's cookie. Someone who read it in a log could act as this visitor."""


class PlainFormatter(logging.Formatter):
    """Time, level, logger and message on one line; tracebacks follow on their own lines."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(f" [{name} {value}]" for name, value in _extras(record).items())
        return hide_secrets(super().format(record) + extras)


class JsonFormatter(logging.Formatter):
    """One JSON object on one line: `error` is a traceback or place; `run` and `sweep` are ids."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        elif record.stack_info:
            line["error"] = record.stack_info
        return hide_secrets(json.dumps(line, ensure_ascii=False))


def hide_secrets(text: str) -> str:
    """Replace the cookies in a text."""
    return _COOKIE.sub(HIDDEN, text)


def configure_logging() -> None:
    """Log to standard error in the format of FUSION_LOG: `plain` (the default) or `json`.

    Raises `RunError` if it is neither.
    """
    form = choice(VARIABLE, ("plain", "json"))
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else PlainFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    logging.getLogger(f"{OURS}components").setLevel(logging.INFO)


def _extras(record: logging.LogRecord) -> dict[str, str]:
    values = {name: getattr(record, name, "") for name in EXTRAS}
    return {name: value for name, value in values.items() if value}
