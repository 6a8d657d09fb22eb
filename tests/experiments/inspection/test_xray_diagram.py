"""The X-ray as a picture: each layer has one, and the effect of a swap is marked."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from components.experiments.inspection.basis.xray_results import LayerOutputs, Numbers
from components.experiments.inspection.layer_pictures import LAYER_PICTURES, picture_of
from components.experiments.inspection.xray_diagram import STILL, ModelXray, layer_svg, xray_svg
from components.models.analysis.model_view import model_view
from components.models.architecture.architecture import Architecture
from components.models.drawing.palette import THEMES
from sample_data.content import presets
from tests.experiments.inspection.test_readouts import pooled
from tests.experiments.inspection.test_xray import FIRST, xray_of
from tests.experiments.training.support import IMAGE_SEQUENCE, TWO_HEADS, VECTORS

SVG = "{http://www.w3.org/2000/svg}"
MODELS = {
    "vectors": VECTORS,
    "image": IMAGE_SEQUENCE,
    "heads": TWO_HEADS,
    "words": presets.load("question_answering"),
    "gates": pooled(*FIRST["mixture_of_experts"]),
    "attention": pooled(*FIRST["cross_attention"]),
    "one number a sample": pooled(*FIRST["bottleneck"]),
}
DASHED = 'stroke-dasharray="5,2"'


@pytest.fixture(scope="module")
def xrays() -> dict[str, ModelXray]:
    return {name: shown(architecture) for name, architecture in MODELS.items()}


def shown(architecture: Architecture) -> ModelXray:
    return ModelXray(model_view(architecture).graph, xray_of(architecture))


def swapped(one: ModelXray, *swap: int) -> ModelXray:
    return replace(one, swapped=(swap[0], swap[1]))


def test_each_kind_of_picture_is_that_of_some_layer(xrays: dict[str, ModelXray]) -> None:
    kinds = {
        picture_of(one.view(node, THEMES["light"])) for one in xrays.values() for node in one.nodes
    }
    assert kinds == {kind for _, kind in LAYER_PICTURES.items()}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_layer_has_a_picture_and_a_tooltip(
    name: str, theme: str, xrays: dict[str, ModelXray]
) -> None:
    one = swapped(xrays[name], 0, 0)
    drawn = ElementTree.fromstring(xray_svg(one, THEMES[theme], file=True))
    cards = {card.get("id"): card for card in drawn.iter(f"{SVG}g") if card.get("class") == "node"}
    assert cards.keys() == {node.id for node in one.nodes}
    for id, card in cards.items():
        title = card.find(f"{SVG}title")
        assert title is not None
        assert f"{id}: shape " in (title.text or "")
        large = ElementTree.fromstring(layer_svg(one, str(id), THEMES[theme]))
        assert large.get("role") == "img"


def test_marks_and_sentence_say_how_far_a_swap_reaches(xrays: dict[str, ModelXray]) -> None:
    one, theme = xrays["vectors"], THEMES["light"]
    assert DASHED not in xray_svg(one, theme)
    assert "The change" not in one.explain()
    changed = swapped(one, 0, one.xray.nexts)
    assert one.nodes[0].id == "left"
    assert xray_svg(changed, theme).count(DASHED) == sum(
        changed.moved(node.id) >= STILL for node in one.nodes
    )
    assert changed.title().endswith("input left is blank")


def with_layers(one: ModelXray, layers: dict[str, LayerOutputs]) -> ModelXray:
    epoch = one.epoch.model_copy(update={"layers": layers})
    return replace(one, xray=one.xray.model_copy(update={"epochs": (epoch,)}))


@pytest.mark.parametrize(
    ("moves", "text"),
    [("left", "The change stops after left_dense_1."), ("no layer", "Nothing changes.")],
)
def test_a_swap_stops_after_the_last_layer_that_it_moves(
    moves: str, text: str, xrays: dict[str, ModelXray]
) -> None:
    still = xrays["vectors"]
    epoch = still.epoch
    deaf = {
        id: layer
        if id.startswith(moves)
        else layer.model_copy(
            update={
                name: Numbers.of(getattr(layer, name).values() * 0) for name in ("kept", "moved")
            }
        )
        for id, layer in epoch.layers.items()
    }
    assert swapped(with_layers(still, deaf), 0, 0).explain().endswith(text)


def test_a_swap_that_moves_an_output_reaches_the_end(xrays: dict[str, ModelXray]) -> None:
    still = xrays["vectors"]
    (head,), layers = still.xray.heads, still.epoch.layers
    rows = layers[head].kept.values()
    apart = Numbers.of(np.arange(rows.size, dtype=rows.dtype).reshape(rows.shape))
    moved = {**layers, head: layers[head].model_copy(update={"kept": apart})}
    assert swapped(with_layers(still, moved), 0, 0).explain().endswith("reaches the end.")
