"""Tutorials of `docs`, played sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from components.base.paths import ROOT
from tests.e2e.browser import choose, press, rerun, step

NOT_TEXT = re.compile(r"<picture>.*?</picture>|^#.*?$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
END = re.compile(r"(?<=[.)?]) (?=[A-Z(])")

RACE = 300_000
"""Time limit of a race in milliseconds."""


@dataclass
class Tutorial:
    """Sentences of a tutorial that have not been played yet."""

    left: list[str]

    @contextmanager
    def says(self, *parts: str) -> Iterator[None]:
        """Find the sentences that have these parts, and play them."""
        for part in parts:
            found = [sentence for sentence in self.left if part in sentence]
            assert len(found) == 1, f"{part!r} is in {len(found)} sentences that were not played"
            self.left.remove(found[0])
        with step(" ".join(parts)):
            yield


@contextmanager
def played(name: str, nothing_to_see: Sequence[str]) -> Iterator[Tutorial]:
    """Read a document, skip the sentences with nothing to see, and check that none is left."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    plain = LINK.sub(r"\1", NOT_TEXT.sub("", text)).replace("*", "")
    tutorial = Tutorial(END.split(" ".join(plain.split())))
    with tutorial.says(*nothing_to_see):
        pass
    yield tutorial
    assert tutorial.left == []


def go(page: Page, title: str) -> None:
    """Open a page by the bar."""
    links = page.get_by_role("navigation", name="Pages")
    press(links.get_by_role("link", name=title, exact=True))


def pick(page: Page, field: Locator, option: str) -> None:
    """Choose an option, and wait until it is drawn."""
    with rerun(page):
        choose(page, field, "option", option, search=True)


def accuracy(page: Page, head: str) -> Locator:
    """Return the chart of the accuracy of a head, whose name has the values at its end."""
    return page.get_by_role("img", name=re.compile(f"^{head} · accuracy by epoch"))


def reached(chart: Locator) -> tuple[float, float]:
    """Return the accuracies on training and validation samples that the first curve ends with."""
    name = chart.get_attribute("aria-label") or ""
    (found,) = re.findall(r"training ([\d.]+), validation ([\d.]+)$", name)
    return float(found[0]), float(found[1])


def top(part: Locator) -> float:
    """Return the distance of a part from the top of the window in pixels."""
    box = part.bounding_box()
    assert box is not None
    return box["y"]
