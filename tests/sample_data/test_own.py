from __future__ import annotations

import csv
import io
import math
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.base.errors import DataError, FileError
from components.models.architecture.architecture import Architecture, parse
from sample_data.content import presets
from sample_data.loading import sources
from sample_data.own import (
    ColumnMapping,
    DataTable,
    MappedColumns,
    Prepared,
    RowSplit,
    fit,
    keep,
    prepare,
    propose,
    propose_mapping,
    read,
    read_as,
)
from sample_data.own import file_example as example
from tests.sample_data import architectures
from tests.sample_data.bad_files import npz, zipped

CITIES = ("Oslo", "Rome", "Lima")
TABLE = "\n".join(
    [
        "id,sensor_a,sensor_b,age,city,review,price",
        *(
            f"{i},{i * 0.5},{i % 7},{20 + i % 30},{CITIES[i % 3]},"
            f'"a very {"good" if i % 2 else "bad"} stay, number {i}",{i * 7 % 40 * 3.5}'
            for i in range(40)
        ),
    ]
)


def table(text: str = TABLE, name: str = "data.csv") -> DataTable:
    return read(text.encode(), name)


def ready(given: DataTable) -> tuple[Architecture, ColumnMapping, Prepared]:
    architecture = propose(given)
    mapping = propose_mapping(given, architecture)
    return architecture, mapping, prepare(given, architecture, mapping)


def held(prepared: Prepared) -> np.ndarray:
    assert prepared.dataset.held is not None
    return prepared.dataset.held


def kinds(given: DataTable) -> dict[str, str]:
    return {column.name: column.kind for column in given.columns}


def arrays() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "picture": rng.integers(0, 256, (30, 12, 10, 3), dtype=np.uint8),
        "grey": rng.integers(0, 256, (30, 9, 9), dtype=np.uint8),
        "signal": rng.standard_normal((30, 20, 2)),
        "words": rng.integers(0, 40, (30, 9)),
        "features": rng.standard_normal((30, 5)).astype(np.float32),
        "place": np.array(CITIES * 10),
        "y": rng.integers(0, 4, 30),
    }


def test_a_table_is_read() -> None:
    found = table()
    assert found.rows == 40
    assert kinds(found) == {
        "id": "number",
        "sensor_a": "number",
        "sensor_b": "number",
        "age": "number",
        "city": "category",
        "review": "text",
        "price": "number",
    }
    assert found.column("city").distinct == 3
    assert found.column("city").cell(0) == "Oslo"
    assert found.column("sensor_b").values.tolist()[:8] == [0, 1, 2, 3, 4, 5, 6, 0]
    with pytest.raises(DataError, match="Did you mean `city`"):
        found.column("citty")


def test_a_table_proposes_its_natural_groups() -> None:
    found = table()
    architecture, mapping, prepared = ready(found)
    assert {given.name: given.shape for given in architecture.inputs} == {
        "sensor": (2,),
        "age": (1,),
        "city": (1,),
        "review": (6,),
    }
    assert [(head.name, head.kind) for head in architecture.heads] == [("price", "regression")]  # type: ignore[attr-defined]
    assert mapping.inputs["sensor"].columns == ("sensor_a", "sensor_b")
    assert prepared.about.ids["city"] == ("Lima", "Oslo", "Rome")
    assert prepared.about.ids["review"][:2] == ("(padding)", "(other)")
    assert prepared.dataset.inputs["review"].dtype == np.int32
    row = int(np.flatnonzero(~held(prepared))[0])
    words = [prepared.about.ids["review"][i] for i in prepared.dataset.inputs["review"][row]]
    assert words == ["a", "very", "good" if row % 2 else "bad", "stay", "number", str(row)]
    assert prepared.about.columns["sensor"] == ("sensor_a", "sensor_b")
    scale = prepared.about.scales["price"][0]
    unscaled = prepared.dataset.targets["price"][:, 0] * scale.deviation + scale.mean
    assert unscaled == pytest.approx([i * 7 % 40 * 3.5 for i in range(40)], abs=1e-4)
    trained = prepared.dataset.inputs["sensor"][~held(prepared)]
    assert abs(trained.mean(axis=0)).max() < 1e-6
    assert trained.std(axis=0) == pytest.approx([1, 1], rel=1e-5)


def test_arrays_become_inputs_by_their_ranks() -> None:
    found = read(npz(**arrays()), "arrays.npz")
    architecture, _, prepared = ready(found)
    assert {given.name: (given.kind, given.shape) for given in architecture.inputs} == {  # type: ignore[attr-defined]
        "picture": ("image", (12, 10, 3)),
        "grey": ("image", (9, 9, 1)),
        "signal": ("timeseries", (20, 2)),
        "words": ("tokens", (9,)),
        "features": ("vector", (5,)),
        "place": ("categorical", (1,)),
    }
    assert [(head.name, head.width) for head in architecture.heads] == [("y", 4)]
    made = prepared.dataset.inputs
    assert made["picture"] == pytest.approx(arrays()["picture"] / 255, abs=1e-6)
    assert (made["words"] == arrays()["words"]).all()
    assert (prepared.dataset.targets["y"][:, 0] == arrays()["y"]).all()


def test_columns_are_mapped_by_fit_if_names_do_not_match() -> None:
    heads = [{"kind": "regression"}]
    architecture = architectures.architecture(
        "vector", "vector", heads=heads, fields={"features": 2}
    )
    mapping = propose_mapping(table(), architecture)
    assert mapping.heads["out_1"].columns == ("price",)
    assert mapping.inputs["in_1"].columns == ("sensor_a", "sensor_b")
    assert mapping.inputs["in_2"].columns == ("age",)  # The id is no feature.
    rows = (f"{i / 2},{i / 2 + 1},{i / 2 + 2},{i * i},{i % 2}" for i in range(10))
    found = table("\n".join(["t1,t2,t3,t4,y", *rows]))
    series = architectures.architecture("timeseries", fields={"length": 4, "features": 1})
    mapping = propose_mapping(found, series)
    assert mapping.inputs["in_1"].columns == ("t1", "t2", "t3", "t4")
    assert prepare(found, series, mapping).dataset.inputs["in_1"].shape == (10, 4, 1)


def test_a_changed_mapping_can_be_fitted() -> None:
    found = table()
    architecture, mapping, _ = ready(found)
    sensor = MappedColumns(columns=("sensor_a", "sensor_b", "id"), scaled=False)
    inputs = {**mapping.inputs, "sensor": sensor}
    changed = ColumnMapping(inputs=inputs, heads=mapping.heads)
    with pytest.raises(DataError, match="`sensor` needs 2 numbers for each sample"):
        prepare(found, architecture, changed)
    fitted = fit(found, architecture, changed)
    assert fitted.inputs[0].shape == (3,)
    assert fitted.inputs[0].encoder == architecture.inputs[0].encoder
    prepared = prepare(found, fitted, changed)
    assert "sensor" not in prepared.about.scales
    assert prepared.dataset.inputs["sensor"][:, 2].tolist() == list(range(40))


@pytest.mark.parametrize("name", ["arrays.npz", "data.csv"])
def test_kept_data_is_loaded_again(tmp_path: Path, name: str) -> None:
    found = table() if name == "data.csv" else read(npz(**arrays()), name)
    architecture, mapping, prepared = ready(found)
    assert fit(found, architecture, mapping) == architecture
    path = keep(prepared, tmp_path / "kept", " My  data ")
    loaded = sources.load(architecture, str(path))
    for part in ("inputs", "targets"):
        before, after = getattr(prepared.dataset, part), getattr(loaded, part)
        assert list(before) == list(after)
        for key in before:
            assert before[key].dtype == after[key].dtype
            assert np.array_equal(before[key], after[key])
    about = sources.about(str(path))
    assert about == prepared.about.model_copy(update={"title": "My data"})
    assert sources.nbytes_of(architecture, str(path)) >= 30
    assert keep(prepared, tmp_path / "kept", "My data") == path
    assert keep(prepared, tmp_path / "kept", "Other") != path
    assert len(list((tmp_path / "kept").iterdir())) == 4


AB: dict[str, Any] = {"a": [1, 3], "b": [2, 4]}
GROUPED: dict[str, Any] = {"a": [1234.5, 12], "b": [2, 4]}
CSVS: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "semicolons": (b"a;b\n1;2\n3;4\n", AB, "semicolons"),
    "tabs": (b"a\tb\n1\t2\n3\t4\n", AB, "tabs"),
    "bars": (b"a|b\n1|2\n3|4\n", AB, "bars"),
    "decimal commas": (b"a;b\n1,5;2\n3;4,25\n", {"a": [1.5, 3], "b": [2, 4.25]}, "decimal comma"),
    "no header, decimal commas": (
        b"1,5;2,5\n3,5;4,5\n5,5;6,5\n",
        {"column_1": [1.5, 3.5, 5.5], "column_2": [2.5, 4.5, 6.5]},
        "numbered",
    ),
    "points between thousands": (b"a;b\n1.234,5;2\n12;4\n", GROUPED, "decimal comma"),
    "commas between thousands": (b'a,b\n"1,234.5",2\n12,4\n', GROUPED, "between thousands"),
    "a byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n3,4\n", AB, ""),
    "UTF-16": ("a,b\n1,2\n3,4\n".encode("utf-16"), AB, ""),
    "Latin-1": (b"a,b\n\xe9t\xe9,2\nhiver,4\n", {"a": ["été", "hiver"], "b": [2, 4]}, "Latin-1"),
    "lines of Windows": (b"a,b\r\n1,2\r\n3,4\r\n", AB, ""),
    "lines of old": (b"a,b\r1,2\r3,4\r", AB, ""),
    "blank lines": (b"\na,b\n1,2\n\n3,4\n\n", AB, ""),
    "rows of one blank cell": (b'""\na,b\n1,2\n\xc2\xa0\n3,4\n\f\n', AB, ""),
    "quotes": (b'"a","b c"\n"x, ""y""\nz",2\nw,4\n', {"a": ['x, "y"\nz', "w"], "b c": [2, 4]}, ""),
    "no header": (b"1,2\n3,4\n", {"column_1": [1, 3], "column_2": [2, 4]}, "read as data"),
    "a name left out": (b",b\nx,2\ny,4\n", {"column_1": ["x", "y"], "b": [2, 4]}, ""),
    "missing cells": (
        b"a,b\n1,x\n,y\nNA,?\nnan,x\n",
        {"a": [1, None, None, None], "b": ["x", "y", None, "x"]},
        "",
    ),
    "an empty column": (b"a,b,c\n1,,2\n3,,4\n", {"a": [1, 3], "c": [2, 4]}, "`b` is empty"),
    "nearly numbers": (
        b"a,b\n1,2\nnone,4\n3,5\n",
        {"a": ["1", "none", "3"], "b": [2, 4, 5]},
        "`none` in it is no number",
    ),
    "underscores": (b"a,b\n1_2,2\n1_3,4\n", {"a": ["1_2", "1_3"], "b": [2, 4]}, ""),
    "exponents": (b"a,b\n1e3,2\n-2.5E-1,4\n", {"a": [1000, -0.25], "b": [2, 4]}, ""),
    "dates": (b"a,b\n1970-01-02,2\n1970-01-11 12:00,4\n", {"a": [1, 10.5], "b": [2, 4]}, "days"),
    "dates with points": (b"a,b\n2.1.1970,2\n11.1.1970,4\n", {"a": [1, 10], "b": [2, 4]}, "days"),
    "spaces": (b"a,b\n 1 , x \n 2 , y \n", {"a": [1, 2], "b": ["x", "y"]}, ""),
}


def cells(found: DataTable, name: str) -> list[Any]:
    column = found.column(name)
    if column.kind == "number":
        return [None if math.isnan(value) else value for value in column.values.tolist()]
    return [None if place < 0 else column.texts[place] for place in column.values]


@pytest.mark.parametrize("case", CSVS)
def test_ways_to_write_a_table(case: str) -> None:
    held, wanted, note = CSVS[case]
    found = read(held, "data.csv")
    assert {name: cells(found, name) for name in found.names} == wanted
    assert note in " ".join(found.notes)


def test_missing_cells_are_filled_and_noted() -> None:
    text = "x,color,y\n1,red,0\n,,1\n3,blue,1\n5,red,\n2,blue,0\n"
    found = table(text)
    architecture = propose(found)
    mapping = propose_mapping(found, architecture)
    prepared = prepare(found, architecture, mapping, RowSplit(share=0))
    assert "1 row without a label left out." in prepared.about.notes
    assert (
        "1 empty cell of `x` was filled with the mean of the training rows." in prepared.about.notes
    )
    assert "1 empty cell of `color` became the category (missing)." in prepared.about.notes
    assert prepared.dataset.inputs["x"][:, 0] == pytest.approx(
        np.array([-1, 0, 1, 0]) / np.sqrt(2 / 3) * [1, 1, 1, 1], abs=1e-6
    )
    assert prepared.dataset.inputs["color"][:, 0].tolist() == [1, 2, 0, 0]
    assert prepared.about.ids["color"] == ("blue", "red", "(missing)")
    assert prepared.dataset.targets["y"][:, 0].tolist() == [0, 1, 1, 0]


LABELLED: list[tuple[list[Any], str, int, tuple[str, ...]]] = [
    (["no", "yes"] * 20, "binary", 1, ("no", "yes")),
    ([True, False] * 20, "binary", 1, ("False", "True")),
    ([1, 2] * 20, "binary", 1, ("1", "2")),
    ([-1, 1] * 20, "binary", 1, ("-1", "1")),
    (["c", "a", "b", "a"] * 10, "multiclass", 3, ("a", "b", "c")),
    ([1, 2, 3, 2] * 10, "multiclass", 3, ("1", "2", "3")),
    ([0, 1, 3, 1] * 10, "multiclass", 4, ("0", "1", "2", "3")),
    ([0.5, 1.5, 3, 1] * 10, "regression", 1, ()),
    (list(range(40)), "regression", 1, ()),
]


@pytest.mark.parametrize(("values", "kind", "width", "names"), LABELLED)
def test_heads_follow_the_labels(
    values: list[Any], kind: str, width: int, names: tuple[str, ...]
) -> None:
    lines = [f"{i * i % 17 + 0.5},{value}" for i, value in enumerate(values)]
    architecture, _, prepared = ready(table("\n".join(["x,label", *lines])))
    head = architecture.heads[0]
    assert (head.kind, head.width) == (kind, width)  # type: ignore[attr-defined]
    assert prepared.about.classes.get("label", ()) == names


def test_names_become_valid_names_of_inputs() -> None:
    rows = [
        f"{i},{'ab'[i % 2]},{'cd'[i % 2]},{'ef'[i % 2]},{'gh'[i % 2]},{i % 3}" for i in range(6)
    ]
    text = "\n".join(
        ["größe (cm),trunk,2nd,名,fusion,y", *(row.replace("5,", "9,", 1) for row in rows)]
    )
    architecture, _, _ = ready(table(text))
    names = [given.name for given in architecture.inputs]
    assert names == ["groe_cm", "trunk_2", "c_2nd", "column", "fusion_2"]


def test_a_table_of_many_columns_keeps_within_an_architecture() -> None:
    header = [*(f"g{i % 9}_{i}" for i in range(40)), *(f"cat{i}x" for i in range(30)), "y"]
    lines = [
        [
            *(str((i + j) % 11 / 2) for j in range(40)),
            *(("a", "b")[(i >> j % 5) & 1] for j in range(30)),
            str(i * i % 7 % 2),
        ]
        for i in range(30)
    ]
    found = table("\n".join(",".join(line) for line in [header, *lines]))
    architecture, mapping, _ = ready(found)
    assert len(architecture.inputs) == 12
    assert architecture.inputs[0].shape == (40,)
    assert sum(len(part.columns) for part in mapping.inputs.values()) == 40 + 11


def png(side: tuple[int, int], mode: str = "RGB", value: Any = 128, form: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new(mode, side, value).save(held, form)
    return held.getvalue()


def test_folders_of_pictures() -> None:
    colors = ((0, 0, 255), (255, 0, 0))
    entries = {}
    for i in range(8):
        form, ending = ("JPEG", "jpg") if i < 4 else ("PNG", "png")
        path = f"top/{('cat', 'dog')[i % 2]}/{i}.{ending}"
        entries[path] = png((40 + i, 30), value=colors[i % 2], form=form)
    entries |= {"__MACOSX/._x.png": b"", "top/.DS_Store": b"", "top/readme.txt": b"hello"}
    found = read(zipped(entries, zipfile.ZIP_DEFLATED), "pets.zip")
    architecture, _, prepared = ready(found)
    assert architecture.name == "own_data", "A link or a shared run does not tell the file's name."
    assert prepared.about.classes["label"] == ("cat", "dog")
    labels = prepared.dataset.targets["label"][:, 0]
    pixels = prepared.dataset.inputs["image"]
    assert pixels.shape == (8, 30, 44, 3)
    assert ((pixels[..., 0].mean(axis=(1, 2)) > 0.9) == (labels == 1)).all()
    assert "Pictures are resized to 30 × 44 pixels." in prepared.about.notes
    assert "1 file left out: no pictures, sequences or table." in prepared.about.notes


def test_large_pictures_are_made_smaller_and_grey_ones_stay_grey() -> None:
    entries = {f"{i % 2}/{i}.png": png((200, 100), "L", 50 * (i % 2)) for i in range(6)}
    found = read(zipped(entries), "grey.zip")
    assert found.column("image").shape == (32, 64, 1)
    architecture, mapping, _ = ready(found)
    data = architecture.data()
    data["inputs"][0] |= {"height": 16, "width": 16}
    smaller = parse(data)
    prepared = prepare(found, smaller, mapping)
    assert prepared.dataset.inputs["image"].shape == (6, 16, 16, 1)
    assert prepared.dataset.inputs["image"].max() == pytest.approx(50 / 255)
    assert "Pictures of `image` are resized to (16, 16, 1)." in prepared.about.notes


@pytest.mark.parametrize(
    ("mode", "value"),
    [("1", 1), ("P", 3), ("RGBA", (10, 20, 30, 0)), ("LA", (9, 0)), ("I;16", 60_000), ("CMYK", 0)],
)
def test_pictures_of_every_mode(mode: str, value: Any) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    entries = {f"{i % 2}/{i}.png": png((8, 8), mode, value, form) for i in range(4)}
    _, _, prepared = ready(read(zipped(entries), "modes.zip"))
    pixels = prepared.dataset.inputs["image"]
    assert pixels.shape == (4, 8, 8, 1 if mode in ("1", "I;16") else 3)
    if mode in ("RGBA", "LA", "1"):
        assert pixels.min() == 1


def test_a_table_within_the_pictures() -> None:
    entries = {f"data/img/{i:03}.png": png((8, 8), value=(i, i, i)) for i in range(6)}
    lines = [f"img/{i:03}.png,{5 - i:03}.png,{i * 1.5},{i % 2}" for i in range(5)]
    entries["data/labels.csv"] = "\n".join(["left,right,age,same", *lines]).encode()
    found = read(zipped(entries), "pairs.zip")
    assert kinds(found) == {"left": "image", "right": "image", "age": "number", "same": "number"}
    _, _, prepared = ready(found)
    assert (prepared.dataset.inputs["left"][:, 0, 0, 0] * 255).round().tolist() == [0, 1, 2, 3, 4]
    assert (prepared.dataset.inputs["right"][:, 0, 0, 0] * 255).round().tolist() == [5, 4, 3, 2, 1]


def test_a_table_names_pictures_and_sequences() -> None:
    entries = {f"p/{i}.png": png((8, 8), value=(i, i, i)) for i in range(4)}
    for i in range(4):
        file = io.BytesIO()
        np.save(file, np.full((3 + i % 2, 2), i))
        entries[f"s/{i}.npy"] = file.getvalue()
    lines = [f"p/{i}.png,{i}.npy,{i * 1.5},{'ab'[i % 2]}" for i in range(4)]
    entries["all.csv"] = "\n".join(["photo,signal,age,label", *lines]).encode()
    found = read(zipped(entries), "all.zip")
    assert list(kinds(found).values()) == ["image", "timeseries", "number", "category"]
    assert found.column("signal").values[:2].tolist() == [
        [[0, 0], [0, 0], [0, 0], [0, 0]],
        [[1, 1], [1, 1], [1, 1], [1, 1]],
    ]
    assert "Sequences of `signal` are filled with zeros to 4 steps." in found.notes
    architecture, _, prepared = ready(found)
    assert [branch.name for branch in architecture.inputs] == ["photo", "signal", "age"]
    assert prepared.dataset.inputs["signal"].shape == (4, 4, 2)


@pytest.mark.parametrize("name", presets.names())
def test_an_example_fits_its_model(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = presets.load(name)
    monkeypatch.chdir(tmp_path)
    exec(example.example_code(model), {})
    for content in (example.example_npz(model), Path("my_data.npz").read_bytes()):
        found = read(content, "example.npz")
        prepare(found, model, propose_mapping(found, model))
    if example.has_media(model):
        ready(read(example.example_zip(model), "example.zip"))
        assert example.example_table(model).startswith("table.csv:")


def test_texts_are_read_as_a_person_chooses() -> None:
    found = table("\n".join(["text,y", *(f"{'ab'[i % 2]} {i % 4} c,{i % 2}" for i in range(40))]))
    assert [column.name for column in found.doubtful] == ["text"]
    words = read_as(found, {"text": "text"})
    assert propose(words).inputs[0].title == "Tokens"
    assert propose(read_as(found, {"text": "category"})).inputs[0].title == "Categorical"


def test_pictures_named_by_numbers() -> None:
    entries = {f"{i:03}.png": png((8, 8), value=(i, i, i)) for i in range(4)}
    entries["labels.csv"] = b"id,label\n2,a\n0,b\n1,a\n"
    found = read(zipped(entries), "numbered.zip")
    assert kinds(found) == {"id": "image", "label": "category"}
    assert found.column("id").values[:, 0, 0, 0].tolist() == [2, 0, 1]
    assert "1 file left out: the table does not name them." in found.notes


SIZES: dict[str, dict[str, Any]] = {
    "vector": {"features": 2},
    "categorical": {"categories": 3},
    "tokens": {"length": 6},
    "image": {"height": 12, "width": 10},
}


MISFITS = [
    ("vector", "city age", "needs numbers (city"),
    ("vector", "age", "`in_1` needs 2 numbers for each sample (1"),
    ("vector", "age age", "A column is chosen twice"),
    ("vector", "", "No column is assigned to the input"),
    ("vector", "agee age", "Did you mean `age`"),
    ("categorical", "sensor_a", "categories or whole numbers"),
    ("categorical", "city age", "`in_1` takes one column only"),
    ("categorical", "age", "can't have more than 3 categories (age with 24"),
    ("tokens", "age", "needs texts"),
    ("image", "age", "needs pictures"),
    ("spectrogram", "city", "an array (N, frames, bands)"),
    ("timeseries", "age", "a column for each of its steps and features"),
    ("embeddings", "review", "an array (N, steps, features)"),
]
ARRAY_MISFITS = [
    ("vector", "signal", "needs numbers"),
    ("vector", "features", "needs 2 numbers for each sample (5 from features"),
    ("image", "grey", "needs an array of shape"),
    ("timeseries", "features", "needs an array (N, steps, features)"),
    ("tokens", "words", "`in_1` needs an array of shape (N, 6), for N samples (words of"),
    ("tokens", "features", "needs texts"),
    ("spectrogram", "features", "an array (N, frames, bands)"),
    ("categorical", "words", "categories or whole numbers"),
]
LABEL_MISFITS = [
    ("regression", "city", "`out_1` can predict only numbers (city"),
    ("regression", "", "No column is assigned to the head"),
    ("binary", "city", "`out_1` can't predict more than 2 classes (city with 3"),
    ("multiclass", "age", "`out_1` can't predict more than 3 classes (age with 30"),
    ("multiclass", "review", "`out_1` can't predict more than 3 classes"),
]


@pytest.mark.parametrize(
    ("file", "kind", "columns", "head", "label", "sentence"),
    [
        *(("table", kind, text, "regression", "price", rest) for kind, text, rest in MISFITS),
        *(("arrays", kind, name, "regression", "y", rest) for kind, name, rest in ARRAY_MISFITS),
        *(("table", "tokens", "review", *misfit) for misfit in LABEL_MISFITS),
    ],
)
def test_columns_that_do_not_fit_are_refused(
    file: str, kind: str, columns: str, head: str, label: str, sentence: str
) -> None:
    with_grey = {**arrays(), "grey": arrays()["signal"]}
    data = table() if file == "table" else read(npz(**with_grey), "arrays.npz")
    classes = {"classes": 3} if head == "multiclass" else {}
    architecture = architectures.architecture(
        kind, heads=[{"kind": head, **classes}], fields=SIZES.get(kind)
    )
    mapping = ColumnMapping(
        inputs={"in_1": MappedColumns(columns=tuple(columns.split()))},
        heads={"out_1": MappedColumns(columns=tuple(label.split()))},
    )
    with pytest.raises(DataError) as caught:
        prepare(data, architecture, mapping)
    assert sentence in str(caught.value)
    assert caught.value.fix.endswith((".", "?"))


def test_a_mapping_has_the_model_s_names() -> None:
    found = table()
    architecture, mapping, _ = ready(found)
    less = ColumnMapping(
        inputs={k: v for k, v in mapping.inputs.items() if k != "city"}, heads=mapping.heads
    )
    with pytest.raises(DataError, match="Add `city`"):
        prepare(found, architecture, less)
    more = ColumnMapping(
        inputs={**mapping.inputs, "extra": MappedColumns(columns=())}, heads=mapping.heads
    )
    with pytest.raises(DataError, match=r"\(extra\)\. Leave it out"):
        prepare(found, architecture, more)


def test_a_column_that_is_input_and_label_is_refused() -> None:
    found = table()
    architecture, mapping, _ = ready(found)
    inputs = {**mapping.inputs, "age": MappedColumns(columns=("price",))}
    copied = ColumnMapping(inputs=inputs, heads=mapping.heads)
    notes = prepare(found, architecture, copied).about.notes
    assert "`price` is both an input and a label: the model only has to copy it." in notes


def test_nothing_is_left_where_data_cannot_be_kept(tmp_path: Path) -> None:
    _, _, prepared = ready(table())
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FileError, match="The data folder can't be written"):
        keep(prepared, tmp_path / "file", "Mine")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_prepared_data_is_bounded() -> None:
    found = read(npz(x=np.zeros((2000, 4, 4, 1), np.uint8), y=np.arange(2000) % 2), "x.npz")
    large = architectures.architecture("image", fields={"height": 512, "width": 512, "channels": 1})
    with pytest.raises(DataError, match="Prepared data can't take more than 250 MB of memory"):
        prepare(found, large, propose_mapping(found, large))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\0"),
    min_size=1,
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(NUMBERS, TEXTS, st.booleans()), min_size=2, max_size=12))
def test_any_content_of_a_table_is_read_as_written(rows: list[tuple[float, str, bool]]) -> None:
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(["number", "text", "flag"])
    writer.writerows(rows)
    found = read(held.getvalue().encode(), "data.csv")
    assert found.rows == len(rows)
    assert cells(found, "number") == [row[0] for row in rows]
    if "text" in found.names and found.column("text").kind != "number":
        for cell, row in zip(cells(found, "text"), rows, strict=True):
            assert cell is None or cell == row[1].strip()
    assert cells(found, "flag") == [str(row[2]) for row in rows]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_broken_byte_is_read_or_refused(data: st.DataObject) -> None:
    whole = npz(x=np.arange(40.0).reshape(20, 2), y=np.arange(20) % 2)
    at = data.draw(st.integers(0, len(whole) - 1))
    held = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    with suppress(DataError):
        ready(read(held, "data.npz"))


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([".csv", ".npz", ".zip"]))
def test_any_bytes_are_read_or_refused(held: bytes, ending: str) -> None:
    with suppress(DataError):
        ready(read(held, f"data{ending}"))
