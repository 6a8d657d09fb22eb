"""The pictures of the documents, taken from the running app: `make generate ARGS=pictures`.

`make generate ARGS="pictures build room"` takes only the pictures with these names.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from components.base.paths import ROOT
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.sharing.links.link import PARAMETER, share
from components.sharing.record.author import AuthorNotes
from components.sharing.record.contents import record_of
from components.sharing.record.forms import FORMS
from components.sharing.record.subject import RecordSubject
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS
from tests.e2e import browser, moving_picture
from tests.e2e.access import HELPERS, settled
from tests.e2e.browser import NO_HINTS, choose, chromium, idle, press, server
from tests.e2e.states import PRESENT, show
from tests.experiments.training.support import LABEL, fused, vector

PATIENCE = 60_000
"""Timeout of a browser action in milliseconds, after which the program ends."""
UNHINTED = "--font-render-hinting=none"
"""A Chromium switch for unhinted letters: hinted ones have whole-pixel widths, which space words
badly at fractional scales.
"""
SCALE = 1.5
HOST = "play.school.example"
"""Host name of the app in the pictures, such as learners could reach."""
SITE = f"http://{HOST}"
GROWTHS = 20
"""Maximum number of times that a window grows until nothing is cut off."""
_CUT = f"""part => {{ {HELPERS}
  const chart = e => e.matches('canvas');
  const framed = e => parseFloat(getComputedStyle(e).borderBottomWidth) > 0;
  const written = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const seen = (e, r) => r.width > 8 && r.height > 8 && r.top < innerHeight - 1 && r.bottom > 0
    && shown(e);
  const floats = p => ['fixed', 'sticky'].includes(getComputedStyle(p).position)
    && p.getBoundingClientRect().top > 0;
  const over = (e, x, y) => {{
    const top = within(document.elementFromPoint(x, y), floats);
    return top && !within(e, p => p === top) && !within(top, p => p === e) ? top : null;
  }};
  const lacking = (e, r) => {{
    if (r.bottom > innerHeight) return r.bottom - innerHeight;
    const top = over(e, Math.min(innerWidth - 1, r.left + r.width / 2), r.bottom - 2);
    return top ? r.bottom - top.getBoundingClientRect().top : 0;
  }};
  const whole = part === document.body ? [] : [part];
  const cut = [...whole, ...parts(part).filter(e => chart(e) || framed(e) || written(e))]
    .map(sized).filter(([e, r]) => seen(e, r))
    .map(([e, r]) => [lacking(e, r), (e.innerText || e.tagName).trim().slice(0, 40)])
    .filter(([pixels]) => pixels > 0);
  return [Math.max(0, ...cut.map(([pixels]) => pixels)), cut.map(([, name]) => name)];
}}"""
"""A script for the number of pixels by which boxes, charts and texts of a part are cut off at the
foot of the window or by floating elements, and for the names of these elements. The bar at the top
covers only what was scrolled away.
"""
MARGIN = 8
"""Pixels below the last box or text of a picture."""
COLOURS = 256
"""Number of colours of a picture: a page needs few, and the file is a third of the size."""
Scheme = Literal["light", "dark"]
SCHEMES: tuple[tuple[Scheme, str], ...] = (("light", ""), ("dark", "-dark"))
"""Colour schemes, each with the suffix of the picture's name."""
XOR = DataSpec(relation=RELATIONS["xor"]())
FILM = "change_a_merge"
"""Name of the animation."""
LEARNERS = ("add", "concatenate", "multiply", "bilinear", "gated")
"""Merges of the class, one for each learner."""


def build(page: Page, address: str) -> None:
    show(page, address, "g.node#relevance")
    press(page.locator("g.node#image_projection"))


def gallery(page: Page, address: str) -> Locator:
    """Show the presets of recommendation and tables."""
    show(page, address, "g.node#relevance")
    press(page.locator(".st-key-preset").get_by_role("button"))
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Recommendation and tables", exact=True).first.click()
    expect(dialog.get_by_role("button", name="Two predictions, no merge")).to_be_hidden()
    return dialog


def code(page: Page, address: str) -> None:
    """Show the script of two LSTM layers; the new one is selected in the picture and the script."""
    show(page, address, "g.node#relevance")
    press(page.get_by_text("Code", exact=True))
    expect(page.locator(".line.node").first).to_be_visible()
    page.get_by_test_id("stSlider").locator("input").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.locator('.line[data-node="text_lstm_2"]').first.click()
    expect(page.get_by_test_id("card").get_by_text("layers.LSTM")).to_be_visible()


def volumes(page: Page, address: str) -> Locator:
    """Show the first model as tensors on a log scale."""
    show(page, address, "g.node#relevance")
    idle(page)
    page.locator(".st-key-show button").first.click()
    page.get_by_role("dialog").get_by_text("Volumes", exact=True).click()
    page.keyboard.press("Escape")
    return page.locator(".viewer")


def strategies(page: Page, address: str) -> None:
    """Show the results of a search for `gate`."""
    show(page, f"{address}/Strategies", "[class*=st-key-entry_concatenate] svg")
    search = page.locator("input[type=search]")
    search.fill("gate")
    search.press("Enter")
    expect(page.locator("[class*=st-key-entry_gated] svg").first).to_be_visible()
    expect(page.locator("[class*=st-key-entry_concatenate]")).to_have_count(0)


def unfit(page: Page, address: str) -> None:
    """Show a merge of feature maps on branches that return vectors."""
    show(page, address, "g.node#relevance")
    strategy = page.get_by_role("combobox", name="Strategy").first
    choose(page, strategy, "option", "Gate · Squeeze-excite fusion", search=True)
    expect(page.get_by_role("alert").first).to_be_visible()
    page.evaluate("document.activeElement.blur()")  # Its help also opens on focus.


def learns_xor(merge: str, address: str) -> str:
    """Return the address of two vectors that learn xor through a merge."""
    return on_xor(fused([vector("left"), vector("right")], [LABEL], merge), address)


def on_xor(model: Architecture, address: str) -> str:
    """Return the address of a model that learns xor."""
    return f"{address}/?{PARAMETER}={share(model, XOR, Settings(epochs=20))}"


def train(page: Page, address: str) -> None:
    """Train the product of the first tutorial: the first model, with vectors as inputs."""
    inputs = [vector("image", 16, 64), vector("text", 100, 64)]
    model = fused(inputs, [{"name": "relevance", "kind": "binary"}], "multiply")
    browser.train(page, on_xor(model.model_copy(update={"name": presets.DEFAULT}), address))


def inspection(page: Page, address: str) -> None:
    """Show the contributions of the inputs of a product: all of it is cooperation."""
    browser.train(page, learns_xor("multiply", address))
    browser.inspect(page)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()


def xray(page: Page, address: str) -> None:
    """Show a sample in each layer of that product."""
    inspection(page, address)
    press(page.locator(".st-key-inspect_view").get_by_text("X-ray"))
    expect(page.locator("g.node").first).to_be_visible()


def viewer(page: Page, address: str) -> None:
    """Show one of Keras's applications as blocks."""
    show(page, f"{address}/Viewer", "g.node")


def compare(page: Page, address: str) -> None:
    """Show a race of two vectors on a conditional relation, as in the atlas, with an
    evaluated bet.
    """
    part = two_vectors()
    data = DataSpec(relation=RELATIONS["conditional"](), samples=part.samples)
    token = share(part.architecture, data, part.settings)
    show(page, f"{address}/?{PARAMETER}={token}", "g.node")
    press(page.get_by_role("link", name="Compare"))
    press(page.locator(".st-key-bet").get_by_text("Multiply"))
    press(page.get_by_role("button", name="Lock the bet"))
    press(page.get_by_role("button", name="Start race"))
    expect(page.get_by_text("You bet on").first).to_be_visible(timeout=10 * PATIENCE)


def lesson(page: Page, address: str) -> None:
    """Show the first step of a lesson beside the Build page."""
    show(page, f"{address}/?lesson=xor", "g.node")
    expect(page.locator(".st-key-lesson_panel")).to_be_visible()


def room(page: Page, address: str) -> None:
    """Show a class room and its board, with a dot for each learner."""
    show(page, f"{address}/Room", ".st-key-room_open button")
    press(page.locator(".st-key-room_open button"))
    link = page.locator(".room-sign b").inner_text()
    assert page.context.browser
    for number, merge in enumerate(LEARNERS, 1):
        with newcomer(page.context.browser, "light", 1280, 800) as learner:
            join(learner, link, f"Learner {number}", learns_xor(merge, address))
    press(page.locator(".st-key-room_view").get_by_text("Projector", exact=True))
    press(page.locator(".st-key-room_board_runs button").first)
    expect(page.locator(".st-key-room_board_of_runs canvas")).to_be_visible()


def join(page: Page, link: str, nickname: str, model: str) -> None:
    """Join a class room, and train a model to the end."""
    page.goto(link)
    page.get_by_label("Nickname").fill(nickname)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.locator(".st-key-room_panel button").first).to_be_visible()
    browser.train(page, model)


def projector(page: Page, address: str) -> None:
    """Show the first model in projector mode."""
    show(page, f"{address}/?{PRESENT}", "g.node#relevance")


def record(page: Page, address: str) -> None:
    """Show the beginning of a design record."""
    subject = RecordSubject(presets.load("wide_and_deep"))
    page.set_content(FORMS["html"]().write(record_of(subject, AuthorNotes())).decode())
    expect(page.locator(".stage")).to_be_visible()


def notebook(page: Page, address: str) -> None:
    """Show the cell of the notebook that draws a model, and its picture."""
    cells = json.loads((ROOT / "docs/your_model.ipynb").read_text(encoding="utf-8"))["cells"]
    drawn = next(cell for cell in cells if "fp.draw(" in "".join(cell["source"]))
    (output,) = (out["data"] for out in drawn["outputs"] if "data" in out)
    source = escape("".join(drawn["source"]))
    look = ":root{color-scheme:light dark}body{font:16px sans-serif;margin:16px}"
    box = "pre{padding:12px;border:1px solid GrayText;border-radius:4px;font-size:15px}"
    picture = "".join(output.get("text/html") or output["image/svg+xml"])
    page.set_content(f"<style>{look}{box}</style><pre>{source}</pre>{picture}")


class Scene(NamedTuple):
    """A picture's subject and window."""

    play: Callable[[Page, str], Locator | None]
    """Function that opens the subject on a newcomer's page, given the app's address, and returns
    the part to show; `None` for the whole page.
    """
    height: int = 720
    """Minimum height of the window, which grows until no box, chart or text is cut off."""
    width: int = 1280


SCENES: dict[str, Scene] = {
    "build": Scene(build),
    "gallery": Scene(gallery),
    "code": Scene(code),
    "volumes": Scene(volumes, 1000),
    "strategies": Scene(strategies),
    "unfit": Scene(unfit),
    "train": Scene(train, width=1420),
    "inspect": Scene(inspection),
    "xray": Scene(xray, 1085),
    "viewer": Scene(viewer, 800),
    "compare": Scene(compare),
    "lesson": Scene(lesson),
    "room": Scene(room),
    "projector": Scene(projector),
    "record": Scene(record, 812, 900),
    "notebook": Scene(notebook, 700, 900),
}
"""Scenes by the name of their picture."""


def take(folder: Path, names: Collection[str] = ()) -> None:
    """Write the pictures of all scenes, or of the named ones, to a folder, in light and dark."""
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as data:
        env = {
            "FUSION_DATABASE_URL": f"sqlite:///{Path(data, 'runs.sqlite')}",
            "FUSION_PACE": "100",
            "FUSION_ALLOWED_HOSTS": HOST,
        }
        with server(env=env) as address:
            rule = f"--host-resolver-rules=MAP {HOST}:80 {address.removeprefix('http://')}"
            with chromium(
                UNHINTED, rule, f"--unsafely-treat-insecure-origin-as-secure={SITE}"
            ) as started:
                for name in names or (*SCENES, FILM):
                    for scheme, end in SCHEMES:
                        if name == FILM:
                            film(started, SITE, scheme).save(folder / f"{name}{end}.webp")
                            continue
                        path = folder / f"{name}{end}.png"
                        path.write_bytes(picture(started, SITE, SCENES[name], scheme))


def picture(started: Browser, address: str, scene: Scene, scheme: Scheme) -> bytes:
    """Return the PNG of a scene."""
    with newcomer(started, scheme, scene.width, scene.height) as page:
        part = scene.play(page, address)
        page.mouse.move(*moving_picture.ASIDE)
        page.evaluate("document.activeElement?.blur()")  # Its tooltip goes.
        page.evaluate("document.querySelector('[data-testid=stSidebarContent]')?.scrollTo(0, 0)")
        grow(page, part or page.locator("body"), scene.width)
        clip = part.bounding_box() if part else None
        taken = page.screenshot(animations="disabled", clip=clip)
    held = io.BytesIO()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        held, "PNG", optimize=True
    )
    return held.getvalue()


def grow(page: Page, part: Locator, width: int) -> None:
    """Increase the height of the window until nothing in a part is cut off.

    Raises `AssertionError` if no height is enough.
    """
    for _ in range(GROWTHS):
        if page.url != "about:blank":
            settled(page)
        lacking, names = part.evaluate(_CUT)
        if not names:
            return
        height = page.evaluate("innerHeight") + lacking + MARGIN
        page.set_viewport_size({"width": width, "height": round(height)})
    raise AssertionError(f"cut: {', '.join(names)}")


def film(started: Browser, address: str, scheme: Scheme) -> moving_picture.Film:
    """Return the animation."""
    with newcomer(started, scheme, 1100, 965) as page:
        return moving_picture.play(page, address, SCALE)


@contextmanager
def newcomer(started: Browser, scheme: Scheme, width: int, height: int) -> Iterator[Page]:
    """Open the page of a newcomer who has closed the hints."""
    size: ViewportSize = {"width": width, "height": height}
    page = started.new_page(viewport=size, device_scale_factor=SCALE, color_scheme=scheme)
    page.set_default_timeout(PATIENCE)
    page.add_init_script(NO_HINTS)
    try:
        yield page
    finally:
        page.context.close()
