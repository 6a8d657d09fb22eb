"""A progress line every few seconds: percent, seconds and running tests, also written to a file."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

EVERY_SECONDS = 10.0
"""Seconds between two lines."""
NAMED = 3
"""Number of running tests in a line, the longest-running first."""
MOST_CHARACTERS = 2000
"""Number of characters at the end of a failure's text that are shown at once."""


class Progress:
    """Counter of finished tests and list of running ones, in all processes."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal
        self._began = time.monotonic()
        self._total = 0
        self._ended = 0
        self._running: dict[str, float] = {}
        self._over = threading.Event()

    def line(self) -> str:
        """Line such as `41 %, 93 s, 1,204 of 2,931 tests; runs:
        tests/app/pages/test_share.py::test_a_link (12 s)`.
        """
        now = time.monotonic()
        oldest = sorted(dict(self._running).items(), key=lambda item: item[1])[:NAMED]
        running = ", ".join(f"{name} ({now - since:.0f} s)" for name, since in oldest)
        share = 100 * self._ended // max(1, self._total)
        counted = f"{self._ended:,} of {self._total:,} tests"
        return f"{share} %, {now - self._began:.0f} s, {counted}; runs: {running or 'none yet'}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        if not self._total:
            threading.Thread(target=self._report, name="progress", daemon=True).start()
        self._total = len(ids)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running[_shown(nodeid)] = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.pop(_shown(nodeid), None)
        self._ended += 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Report a failed test and its error at once."""
        if report.failed:
            self._write(f"FAILED {_shown(report.nodeid)}\n{report.longreprtext[-MOST_CHARACTERS:]}")

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Return no letter for the status of a test, so that dots don't mix with the lines."""
        if report.failed:
            return ("failed" if report.when == "call" else "error"), "", "FAILED"
        return (report.outcome, "", "") if report.when == "call" or report.skipped else None

    def pytest_sessionfinish(self) -> None:
        self._over.set()

    def _report(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self._write(self.line())

    def _write(self, line: str) -> None:
        self._terminal.write_line(line)
        self._terminal.flush()


def begin(config: pytest.Config) -> None:
    """Report the progress of a run in several processes, in the process that collects their
    results.

    A single process shows pytest's dots: it captures all output while a test runs.
    """
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and config.getoption("numprocesses", None) and config.get_verbosity() <= 0:
        config.pluginmanager.register(Progress(terminal))


def _shown(nodeid: str) -> str:
    """Return the name of a test without the group that pytest-xdist adds."""
    return nodeid.partition("@")[0]
