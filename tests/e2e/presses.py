"""A person who presses every button of a page once, also those that a press reveals."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as BrowserTimeout

from components.models.encoders import ENCODERS
from components.models.merges import MERGES
from sample_data.content import presets
from tests.e2e.access import HELPERS
from tests.e2e.browser import FRAME, idle

LAST = re.compile(
    r"\b(delete|remove|clear|close|end|leave|reset|forget|stop|projector|sidebar)\b", re.IGNORECASE
)
"""Names of buttons that take something away or hide it; they are pressed after all others."""
PATIENCE = 10_000
"""Milliseconds to wait until a button can be clicked."""
EQUALS = 3
"""Number of buttons that are pressed in one part of a page, such as a table of a race's runs."""
_KINDS = sorted((*MERGES, *ENCODERS, *presets.names()), key=len, reverse=True)
KINDS = re.compile(
    rf"(?<=[-_])({'|'.join(_KINDS)})$| #[0-9]+$".replace("2d", "d").replace("1d", "d")
)
"""Kind without digits, or number, at the end of a key: such buttons do the same for each."""
BUG = "This is a bug in the playground"
COUNT = """(() => {
  const send = WebSocket.prototype.send;
  window.messages = window.answers = 0;
  WebSocket.prototype.send = function (data) {
    window.messages += 1;
    if (!this.isCounted) this.addEventListener("message", () => { window.answers += 1; });
    this.isCounted = true;
    return send.call(this, data);
  };
})()"""
"""A browser script that counts messages to the server, and its answers, before a page begins."""
_BUTTONS = f"""part => {{ {HELPERS}
  const BUTTON = 'button, summary, [role=button], [role=tab], [role=radio], [role=menuitem]';
  const OTHER = '[data-testid^=stNumberInput], [data-testid=stElementToolbar], .modebar,'
    + '[data-testid=stFileUploader], [data-testid=stSelectbox], [data-testid=stMultiSelect],'
    + '[aria-label^="Help for "], [data-testid=stDataFrame],'
    + '[data-testid=stDateInput], [data-testid=stTextInput], g.node, .line';
  const last = all => [...document.querySelectorAll(all)].filter(shown).at(-1);
  const top = last('[role=menu]') || last('[data-testid=stPopoverBody]') || last('[role=dialog]')
    || document.querySelector(part);
  const KEY = '[class*=st-key-]';
  const keyed = e => within(e, p => p.matches(KEY));
  const key = e => [...(keyed(e)?.classList || [])].find(one => one.startsWith('st-key-')) || '';
  const usable = e => !e.disabled && e.getAttribute('aria-disabled') !== 'true';
  const found = (top ? parts(top) : []).filter(e => e.matches(BUTTON) && usable(e) && shown(e))
    .filter(e => !within(e, p => p.matches(OTHER))).map(sized)
    .filter(([, r]) => r.width > 1 && r.height > 1).map(([e]) => e);
  const seen = {{}};
  return found.map(e => {{
    const place = key(e).slice('st-key-'.length).replace(/[0-9a-f]{{8,}}|-?\\d+/g, '');
    const alone = place && found.filter(other => keyed(other) === keyed(e)).length === 1;
    const called = alone ? place : place + ' | ' + name(e).split(':')[0];
    seen[called] = (seen[called] || 0) + 1;
    const id = seen[called] > 1 ? called + ' #' + seen[called] : called;
    e.setAttribute('data-press', id);
    return [id, [name(e), e.matches('[role=radio], [role=tab]')]];
  }});
}}"""
"""A script that marks the buttons that can be pressed now: of a menu, a popover or a dialog first.

A button is known by the key of its widget, which stays when its name changes, or else by its name.
After a colon a name has a state, such as that of a run.

Parts of fields, tables and charts that Streamlit and Plotly bring are none of ours.
"""
_ANSWERED = """([messages, answers]) => !document.querySelector('[aria-busy=true]')
  && (window.messages == messages || window.answers > answers)"""
"""A script that checks that a file has come, and that the server answers if it got a message."""


class Button(NamedTuple):
    """Button of a page, and the presses that reveal it after the page is opened."""

    id: str
    name: str
    path: tuple[str, ...]
    turns: bool
    """`True` if it shows another view."""

    @property
    def late(self) -> bool:
        """`True` if the press may take away other buttons."""
        return bool(LAST.search(self.name))


class Presser:
    """Person who presses every button of a page once, or those of one `part` of it.

    `open` opens the page anew, for buttons that an earlier press has taken away.
    """

    def __init__(self, page: Page, open: Callable[[], None], part: str = "body") -> None:
        self._page = page
        self._open = open
        self._part = part
        self._at = ""
        self._equals: Counter[str] = Counter()
        self._waiting: list[Button] = []
        self._known: set[str] = set()
        self.pressed: list[str] = []
        self.missed: list[str] = []
        """Buttons that were taken away by other presses, and not drawn again."""
        self.failures: list[str] = []
        """Errors that are no sentence of a page to a person."""

    def press_all(self) -> None:
        """Press until no button is left that has not been pressed."""
        self._open()
        self._at = self._pathname()
        self._look(())
        while self._waiting:
            button = self._next()
            if self._press(button.id) or self._press_again(button):
                self.pressed.append(button.id)
                print(button.id)
                self._look((*button.path, button.id))
            else:
                self.missed.append(button.id)

    def _next(self) -> Button:
        """Remove the next button from those that wait: a visible one first, a late one last."""
        visible = self._visible()
        best = min(
            self._waiting, key=lambda b: (b.late, b.id not in visible, b.turns, -len(b.path))
        )
        self._waiting.remove(best)
        return best

    def _visible(self) -> dict[str, tuple[str, bool]]:
        """Return the buttons that can be pressed now: name, and `True` if it shows another view."""
        return dict(self._page.evaluate(_BUTTONS, self._part))

    def _look(self, path: tuple[str, ...]) -> None:
        """Note the buttons that are seen for the first time, and the failure of the last press."""
        bugs = self._page.get_by_text(BUG).all_inner_texts()
        self.failures += [f"{' > '.join(path)}: {bug}" for bug in bugs]
        if bugs or self._pathname() != self._at:  # Another page has its own test.
            self._open()
        new = {id: seen for id, seen in self._visible().items() if id not in self._known}
        for id, (name, turns) in new.items():
            self._known.add(id)
            place, parted, _ = id.partition(" | ")
            table, named = KINDS.subn("", place)
            self._equals[table] += bool(place and (parted or named))
            if self._equals[table] <= EQUALS:
                self._waiting.append(Button(id, name, path, turns))

    def _pathname(self) -> str:
        return urlsplit(self._page.url).path

    def _press_again(self, button: Button) -> bool:
        """Close what is open, and go the way to a button from there or from the opened page."""
        self._page.keyboard.press("Escape")
        idle(self._page)
        if self._press_on_the_way(button):
            return True
        self._open()
        return self._press_on_the_way(button)

    def _press_on_the_way(self, button: Button) -> bool:
        """Press the last button of a way that is there and those after it, then the button."""
        way, visible = (*button.path, button.id), self._visible()
        first = max((at for at, id in enumerate(way) if id in visible), default=len(way))
        return first < len(way) and all(map(self._press, way[first:]))

    def _press(self, id: str) -> bool:
        """Press a button and wait for the result. Return `False` if it is not there."""
        if id not in self._visible():
            return False
        counts = self._page.evaluate("[window.messages, window.answers]")
        with suppress(BrowserTimeout):
            self._page.locator(f"[data-press={json.dumps(id, ensure_ascii=False)}]").first.click(
                timeout=PATIENCE
            )
            self._page.evaluate(FRAME)
            self._page.wait_for_function(_ANSWERED, arg=counts, polling=50)
            idle(self._page)
            return True
        return False
