"""Golden screenshots: reduced copies of pages, compared across browsers."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Page

from tests.e2e.access import HELPERS

UPDATE = "UPDATE_SCREENS"
"""Environment variable that requests new screenshots."""
FOLDER = Path(__file__).parents[1] / "snapshots" / "screens"
SCALE = 2
"""Factor by which a stored picture is reduced."""
BLOCK = 8
"""Side of a block of a stored picture in pixels; blocks are compared by their mean."""
TOLERANCE = 14
"""Tolerated difference of a block's mean, of 255: browsers draw letters differently."""
SHARE = 0.012
"""Tolerated share of blocks with a larger difference."""
MOVED = 16
"""Pixels by which a heading or a control may have moved."""
QUALITY = 45
CHANGING = re.compile(r"on this machine|\d ms$|Make it quick|, about \d|, \d\d:\d\d|^Measured on")
"""Texts with times, which differ between runs."""

Boxes = dict[str, list[int]]
"""Left, top, width and height of each visible heading and control, by its name."""

_BOXES = f"""() => {{ {HELPERS}
  const all = parts(document.body).filter(e => e.matches(CONTROL + ', h1, h2, h3') && shown(e));
  return all.map(sized).filter(([e, r]) => r.width > 1 && r.height > 1 && inView(r))
    .map(([e, r]) => [name(e), [r.left, r.top, r.width, r.height].map(Math.round)]);
}}"""


def picture(page: Page) -> Image.Image:
    """Return a picture of a page at half its size; parts that differ between runs are masked."""
    page.mouse.move(0, 0)
    data = page.screenshot(
        animations="disabled",
        caret="hide",
        mask=[page.get_by_text(CHANGING)],
        mask_color="#808080",
    )
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return image.resize((image.width // SCALE, image.height // SCALE), Image.Resampling.BOX)


def boxes(page: Page) -> Boxes:
    """Return the boxes of the headings and controls of a page; equal names are numbered."""
    result: Boxes = {}
    for name, box in page.evaluate(_BOXES):
        if not CHANGING.search(name):
            same = sum(key.rpartition(" #")[0] == name for key in result)
            result[f"{name} #{same + 1}"] = box
    return result


def write(name: str, image: Image.Image, places: Boxes) -> None:
    """Store a picture and its boxes. A picture with no visible change keeps its file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = _picture_file(name)
    if not path.exists() or difference(image, Image.open(path)) > 0:
        image.save(path, quality=QUALITY, method=6)
    _boxes_file(name).write_text(_json(places), encoding="utf-8")


def compare(name: str, image: Image.Image, places: Boxes, folder: Path) -> list[str]:
    """Return the differences from the stored picture and boxes. A picture that differs is saved to
    a folder.
    """
    differences = moved(places, json.loads(_boxes_file(name).read_text(encoding="utf-8")))
    share = difference(image, Image.open(_picture_file(name)))
    if share > SHARE:
        image.save(folder / f"{name}.png")
        differences.append(f"{100 * share:.1f} % of the picture differ: {folder / name}.png")
    return [f"{name}: {text}" for text in differences]


def moved(places: Boxes, kept: Boxes) -> list[str]:
    """Return sentences on controls and headings that are new, missing or moved."""
    changes = [f"`{name}` is new" for name in places.keys() - kept.keys()]
    changes += [f"`{name}` is gone" for name in kept.keys() - places.keys()]
    for name in places.keys() & kept.keys():
        if max(abs(a - b) for a, b in zip(places[name], kept[name], strict=True)) > MOVED:
            changes.append(f"`{name}` moved from {kept[name]} to {places[name]}")
    return sorted(changes)


def difference(image: Image.Image, kept: Image.Image) -> float:
    """Return the share of blocks whose mean colours differ by more than the tolerance."""
    if image.size != kept.size:
        return 1.0
    distance = np.abs(_means(image) - _means(kept)).max(axis=2)
    return float((distance > TOLERANCE).mean())


def _means(image: Image.Image) -> npt.NDArray[np.float64]:
    """Return the mean colour of each block."""
    size = (image.width // BLOCK, image.height // BLOCK)
    blocks = image.convert("RGB").resize(size, Image.Resampling.BOX)
    return np.asarray(blocks, dtype=np.float64)


def _picture_file(name: str) -> Path:
    return FOLDER / f"{name}.webp"


def _boxes_file(name: str) -> Path:
    """Return the file of the boxes, which are the same in both themes."""
    return FOLDER / f"{name.rpartition('_')[0]}.json"


def _json(places: Boxes) -> str:
    lines = (f"{json.dumps(name, ensure_ascii=False)}: {box}" for name, box in places.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"
