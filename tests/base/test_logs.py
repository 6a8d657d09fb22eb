from __future__ import annotations

import json
import logging
import sys

import pytest

from components.base.logs import HIDDEN, JsonFormatter, PlainFormatter, configure_logging

COOKIE = "0123456789abcdef" * 2


def record(
    message: str, *args: object, error: bool = False, place: str | None = None, **extra: str
) -> logging.LogRecord:
    of_test = logging.getLogger("components.test").makeRecord(
        "components.test",
        logging.WARNING,
        "file.py",
        1,
        message,
        args,
        sys.exc_info() if error else None,
        extra=extra,
        sinfo=place,
    )
    of_test.created = 0.0
    return of_test


def test_json_has_one_line_with_the_ids_that_are_known() -> None:
    line = JsonFormatter().format(record("Two\nlines and “%s”", 'a "name"', run="r1", sweep=""))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "WARNING",
        "logger": "components.test",
        "message": 'Two\nlines and “a "name"”',
        "run": "r1",
    }


def test_json_holds_a_traceback() -> None:
    try:
        raise ValueError("no")
    except ValueError:
        line = JsonFormatter().format(record("It failed", error=True))
    assert "\n" not in line
    assert json.loads(line)["error"].endswith("ValueError: no")


def test_json_holds_the_place_of_a_record() -> None:
    line = JsonFormatter().format(record("Refused", place='File "page.py", line 3'))
    assert json.loads(line)["error"] == 'File "page.py", line 3'


def test_plain_text_names_the_run() -> None:
    text = PlainFormatter().format(record("It ended", run="r1", sweep="s1"))
    assert text.endswith("WARNING components.test: It ended [run r1] [sweep s1]")


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_cookies_are_hidden(formatter: logging.Formatter) -> None:
    text = formatter.format(record("%s, not %s", COOKIE, "0" * 33))
    assert f"{HIDDEN}, not {'0' * 33}" in text


def test_an_unknown_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSION_LOG", "xml")
    with pytest.raises(Exception, match="can only be `plain` or `json`"):
        configure_logging()
