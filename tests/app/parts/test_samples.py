"""The table of samples: every kind in both themes, with one scale for each row."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from components.app.parts.data.sample_drawings import SIDE, WIDE, table
from components.models.architecture.architecture import Architecture
from components.models.drawing.palette import THEMES
from components.models.drawing.signed_colors import DARK_INKS, LIGHT_INKS
from sample_data.core.dataset import Dataset
from sample_data.loading.preview import preview
from sample_data.loading.synthetic import DataSpec, make, parse_data
from sample_data.renderers import RENDERERS
from tests.sample_data.architectures import architecture


def drawn(
    architecture: Architecture, theme: str, relation: str = "additive", **options: object
) -> str:
    data = make(architecture, DataSpec(relation=parse_data(relation), samples=20))
    shown = preview(architecture, data, range(5))
    return table(architecture, shown, THEMES[theme], **options)  # type: ignore[arg-type]


def pictures(html: str) -> list[Image.Image]:
    images = re.findall(r"data:image/png;base64,([^\"]+)", html)
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in images]


def vectors(html: str) -> list[str]:
    images = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", html)
    return [base64.b64decode(one).decode() for one in images]


@pytest.mark.parametrize("theme", THEMES)
def test_every_kind_and_head_has_a_row_of_samples_and_causes_below(theme: str) -> None:
    spec = architecture(*RENDERERS, heads=[{"kind": "binary"}, {"kind": "regression"}])
    html = drawn(spec, theme)
    assert html.count("<tr>") == len(RENDERERS) + 2
    assert html.count("<td>") == 5 * (len(RENDERERS) + 2)
    for index, source in enumerate(spec.inputs):
        hue = THEMES[theme].branches[index % len(THEMES[theme].branches)]
        assert f'style="color:{hue.title}">{source.name}</th>' in html
    assert html.count("alt=") == len(pictures(html)) + len(vectors(html))
    assert "cause" not in html
    html = drawn(spec, theme, causes=True)
    assert html.count('class="cause"') == 5 * len(RENDERERS)
    assert THEMES[theme].quiet in html
    assert re.search(r"feature 1: −?\d\.\d\d", html)


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_in_a_heat_map_is_the_colour_of_its_middle(theme: str) -> None:
    spec = architecture("embeddings")
    still = Dataset({"in_1": np.zeros((1, 6, 5), np.float32)}, {"out_1": np.ones((1, 1))})
    (picture,) = pictures(table(spec, preview(spec, still, (0,)), THEMES[theme]))
    middle = (DARK_INKS if theme == "dark" else LIGHT_INKS).middle
    assert picture.getpixel((0, 0)) == tuple(int(middle[at : at + 2], 16) for at in (1, 3, 5))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (8, 40), (40, 8), (1, 1), (300, 200)])
def test_pictures_keep_their_proportions(height: int, width: int) -> None:
    spec = architecture("image", fields={"height": height, "width": width})
    tall, wide = (
        int(re.search(rf'{side}="(\d+)"', drawn(spec, "light"))[1])  # type: ignore[index]
        for side in ("height", "width")
    )
    assert tall <= SIDE
    assert wide <= WIDE + 24
    assert tall / wide == pytest.approx(height / width, rel=0.1)


def test_a_row_has_one_scale() -> None:
    spec = architecture("vector", fields={"features": 1})
    few = Dataset({"in_1": np.array([[1], [-2]], np.float32)}, {"out_1": np.ones((2, 1))})
    bars = vectors(table(spec, preview(spec, few, (0, 1)), THEMES["light"]))
    first, second = (float(re.search(r'<rect .*?height="([\d.]+)"', bar)[1]) for bar in bars)  # type: ignore[index]
    assert second == pytest.approx(2 * first, rel=0.01)


def test_names_are_escaped() -> None:
    spec = architecture("vector")
    few = Dataset({"in_1": np.zeros((1, 5), np.float32)}, {"out_1": np.ones((1, 1))})
    shown = preview(spec, few, (0,), names={"out_1": ("", "<script>")})
    html = table(spec, shown, THEMES["light"], rows={"predicted": ["<b>"]})
    assert "<script>" not in html
    assert "predicted</th><td>&lt;b&gt;</td>" in html


def test_absent_inputs_say_so() -> None:
    spec = architecture("vector", "timeseries")
    data = make(spec, DataSpec(relation=parse_data("missing:p=0.5"), samples=40))
    assert data.absent is not None
    shown = preview(spec, data.with_absent(np.arange(40)), range(40))
    html = table(spec, shown, THEMES["dark"])
    assert html.count(">absent</i>") == data.absent.sum()


def test_long_series_and_single_steps_are_drawn() -> None:
    for fields in ({"length": 1, "features": 1}, {"length": 200, "features": 9}):
        assert len(vectors(drawn(architecture("timeseries", fields=fields), "light"))) == 5


def test_no_sample_is_an_empty_table() -> None:
    spec = architecture("vector")
    assert table(spec, [], THEMES["light"]).count("<tr>") == 2
