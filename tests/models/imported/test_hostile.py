"""Wrong and hostile files: one sentence for each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import pytest

from components.base.errors import ModelFileError
from components.models import imported
from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions
from components.models.imported import MOST_BYTES, MOST_LAYERS, answers
from sample_data.content import applications
from tests.models.imported.hostile_files import (
    DENSE,
    GOOD,
    READ,
    REFUSED,
    doubled,
    entry,
    layer,
    made_a_mark,
    model,
)


def changed(**config: Any) -> dict[str, Any]:
    return model(entry(), layer("d", "Dense", "x", **{"units": 3, **config}))


WRONG: dict[str, Any] = {
    "empty": "",
    "no JSON": "model: 1",
    "cut off": json.dumps(GOOD)[:-20],
    "bytes": b"\xff\xfe\x00\x01",
    "a number": 7,
    "another object": {"inputs": [], "heads": []},
    "config only": {"config": {}},
    "a layer's file": {"class_name": "Dense", "config": {"units": 3}},
    "subclassed": {"class_name": "MyModel", "config": {"name": "m"}},
    "no layers": {"class_name": "Sequential", "config": {"name": "m", "layers": []}},
    "layers are text": {"class_name": "Functional", "config": {"layers": "abc"}},
    "layer is text": model("abc", DENSE),  # type: ignore[arg-type]
    "layer without a name": model({"class_name": "Dense", "config": {}}),
    "layer without a class": model({"name": "x", "config": {}}),
    "unknown layer read": model(entry(), layer("d", "Dense", "y", units=3)),
    "unknown call read": json.loads(json.dumps(GOOD).replace('["x", 0, 0]}', '["x", 4, 0]}')),
    "unknown output": model(entry(), DENSE, out="e"),
    "reads itself": model(entry(), layer("d", "Dense", "d", units=3)),
    "a circle": model(entry(), layer("d", "Add", "x", "e"), layer("e", "Dense", "d", units=3)),
    "twice the name": model(entry(), DENSE, DENSE),
    "history too short": json.loads(json.dumps(GOOD).replace('["x", 0, 0]}', '["x", 0]}')),
    "history of numbers": json.loads(json.dumps(GOOD).replace('["x", 0, 0]}', "[1, 0, 0]}")),
    "history below zero": json.loads(json.dumps(GOOD).replace('["x", 0, 0]}', '["x", -1, 0]}')),
    "old reference": model(entry(), {**DENSE, "inbound_nodes": [[["x", "a", 0, {}]]]}),
    "old reference of text": model(entry(), {**DENSE, "inbound_nodes": [["x"]]}),
    "input of text": {"class_name": "Model", "config": {"layers": [], "input_layers": "x"}},
    "brackets": "[" * 10_000 + "]" * 10_000,
    "objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "brackets in a call": json.dumps(GOOD).replace(
        '"args": [', '"args": [' + "[" * 3000 + "]" * 3000 + ", ", 1
    ),
    "long number": json.dumps(GOOD).replace("3", "3" * 5000),
    "million layers": json.dumps(model(*[DENSE] * 4)).replace(
        "[{", "[" + '{"class_name":"a","name":"b"},' * 100_000 + "{", 1
    ),
    "a model that doubles": doubled(14),
    "inner model without input": model(entry(), {**GOOD, "name": "d", "inbound_nodes": []}),
    "shape 2^62": model(entry(2**62), DENSE),
    "told shape 2^62": json.loads(
        json.dumps(GOOD).replace('"keras_history"', f'"shape": [null, {2**62}], "keras_history"')
    ),
    "too many operations": model(entry(*[2**31 - 1] * 3), layer("d", "Dense", "x", units=8)),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_one_sentence(name: str) -> None:
    given = WRONG[name]
    text = given if isinstance(given, str | bytes) else json.dumps(given)
    with pytest.raises(ModelFileError) as caught:
        imported.read(text)
    error = caught.value
    assert error.rule.endswith(".")
    assert error.fix
    assert error.received
    assert "\n" not in str(error)
    assert len(str(error)) < 500


SLOW = {"bomb of weights", "model that doubles", "groups that double", "huge name"}


def most_often(names: Iterable[str]) -> list[Any]:
    return [pytest.param(name, marks=[pytest.mark.matrix] * (name in SLOW)) for name in names]


@pytest.mark.parametrize("name", most_often(REFUSED))
def test_a_wrong_archive_or_hdf5_file_is_one_sentence(name: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        imported.read(REFUSED[name]())
    assert caught.value.rule.endswith(".")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", most_often(READ))
def test_nothing_of_a_file_is_run_or_unpacked(name: str) -> None:
    found = imported.read(READ[name]())
    assert diagram.svg(found.graph, DiagramOptions(level="layers"))
    assert not made_a_mark()


def test_a_file_of_another_kind_is_reported_without_its_bytes() -> None:
    for content, begins in (
        (b"%PDF-1.7\n", "it begins with %PDF-1.7"),
        (b"\xff\xd8", "not text"),
        (b"", "it is empty"),
    ):
        with pytest.raises(ModelFileError) as caught:
            imported.read(content)
        assert begins in str(caught.value)
        assert 'model.save("model.keras")' in str(caught.value)


def test_a_file_that_is_too_large_is_not_looked_into() -> None:
    large = b"[" * (MOST_BYTES + 1)
    with pytest.raises(ModelFileError, match="MB"):
        imported.read(large)


def test_the_number_of_layers_is_limited() -> None:
    row = [layer(f"d{n}", "Dense", f"d{n - 1}" if n else "x", units=4) for n in range(MOST_LAYERS)]
    with pytest.raises(ModelFileError, match="10,000"):
        imported.read(json.dumps(model(entry(), *row, out=row[-1]["name"])))
    found = imported.read(json.dumps(model(entry(), *row[:600], out="d599")))
    assert found.layers == 601
    assert len(found.graph.groups) <= imported.MOST_BLOCKS


def test_calls_are_counted_before_any_is_read() -> None:
    many = {**DENSE, "inbound_nodes": [[]] * 2 * MOST_LAYERS}
    for whole in (model(entry(), many), model(entry(), {**model(entry(), many), "name": "d"})):
        with pytest.raises(ModelFileError, match="\\(20,000 layers\\)"):
            imported.read(json.dumps(whole))


def test_layers_after_the_time_limit_are_unknown_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "SECONDS", 0.0)
    found = imported.read(json.dumps(GOOD))
    assert found.graph["d"].unknown == ("shape", "parameters")
    assert diagram.svg(found.graph, DiagramOptions(level="layers"))


IMAGE = entry(8, 8, 3)
ROWS = entry(4, 4)


def read_by(kind: str, **config: Any) -> dict[str, Any]:
    return layer("d", kind, "x", **config)


SOFT: dict[str, Any] = {
    **{
        f"units {units}": changed(units=units)
        for units in (2**62, -3, "many", True, None, float("inf"))
    },
    "too many parameters": model(
        entry(4), read_by("Embedding", input_dim=2**31 - 1, output_dim=2**31 - 1)
    ),
    "kernel of five": model(IMAGE, read_by("Conv2D", filters=2, kernel_size=[1, 2, 3, 4, 5])),
    "padding of words": model(IMAGE, read_by("ZeroPadding2D", padding="much")),
    "unknown class": model(entry(), read_by("Nonsense", a=1)),
    "class of Python": model(entry(), read_by("__import__")),
    "class of Keras that is no layer": model(entry(), read_by("deserialize", config={})),
    "shapes that do not fit": model(ROWS, read_by("Conv2D", filters=1, kernel_size=2)),
    "no inputs": model(layer("d", "Dense", units=3))
    | {"config": {"layers": [DENSE | {"inbound_nodes": []}]}},
    "kernel larger than its input": model(IMAGE, read_by("Conv2D", filters=1, kernel_size=9)),
    "einsum of nonsense": model(entry(4), read_by("EinsumDense", equation="->", output_shape=[{}])),
    "attention without heads to read": model(
        ROWS, read_by("MultiHeadAttention", num_heads=2, key_dim=3)
    ),
    "a scalar": model(layer("x", "InputLayer", batch_shape=[]), DENSE),
    "bidirectional of nothing": model(ROWS, read_by("Bidirectional", layer=3)),
    "time distributed to itself": model(
        ROWS, read_by("TimeDistributed", layer={"class_name": "TimeDistributed"})
    ),
    "permuted beyond": model(ROWS, read_by("Permute", dims=[7, 8])),
    "dot of one": model(ROWS, read_by("Dot", axes=[1, 2, 3])),
    "a slice": model(ROWS, read_by("GetItem")),
    "markup": model(
        entry(), read_by('<script>alert("x")</script>&', a="</td></table>", b={"c": []})
    ),
}


@pytest.mark.parametrize("name", SOFT)
def test_a_part_that_does_not_fit_is_unknown_and_drawn(name: str) -> None:
    found = imported.read(json.dumps(SOFT[name]))
    for level in ("blocks", "layers", "everything"):
        ElementTree.fromstring(diagram.svg(found.graph, DiagramOptions(level=level)))


NAMES = [
    '<b onload="x">', '"];x', "a\\", "a\nb", "\x00\x07", "\ud800", "node", "graph", "ä", "😀" * 200,
    "a:b:c", "block_1/" * 300, "{}|<>", "&amp;", "x" * 5000, " ", "from/x", "]]>", "_" * 3000,
]  # fmt: skip

TAGS = {"svg", "g", "title", "text", "rect", "path", "polygon", "polyline", "ellipse"}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_letters_are_drawn_as_text(name: str) -> None:
    data = model(entry(), layer(name, "Dense", "x", units=3, activation=name), out=name)
    data["config"]["name"] = name
    found = imported.read(json.dumps(data), name)
    for level in ("blocks", "layers", "everything"):
        look = DiagramOptions(level=level, title=found.name)
        tree = ElementTree.fromstring(diagram.svg(found.graph, look))
        tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert tags <= TAGS


def test_mutated_files_are_read_or_refused() -> None:
    """Make random changes of one character or one value."""
    layers = json.loads(applications.text("MobileNetV3Small"))["config"]["layers"][:9]
    data = model(*layers, out=layers[-1]["name"])
    data["config"]["input_layers"] = [["input_layer", 0, 0]]
    whole = json.dumps(data)
    imported.read(whole)
    dice = random.Random(7)
    for _ in range(100):
        place = dice.randrange(len(whole))
        letter = dice.choice(['"', "[", "]", "{", "}", "0", "9", "-", "null", "\\", "a", ","])
        with suppress(ModelFileError):
            imported.read(whole[:place] + letter + whole[place + dice.randrange(3) :])
