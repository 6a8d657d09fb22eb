from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.base.errors import DataError
from sample_data.collections import COLLECTIONS
from sample_data.loading.sources import CollectionSpec, about, load, nbytes_of, parse
from sample_data.loading.synthetic import DataSpec, make, nbytes
from sample_data.own.saving import save_npz
from sample_data.relations import RELATIONS
from tests.sample_data.architectures import architecture

VECTORS = architecture("vector", "vector")


def test_parse() -> None:
    assert not set(COLLECTIONS) & set(RELATIONS)
    relation = parse("xor:noise=0.5", samples=100, seed=3)
    assert isinstance(relation, DataSpec)
    assert (relation.relation.noise, relation.samples, relation.seed) == (0.5, 100, 3)
    assert parse(" wine ", seed=4) == CollectionSpec(collection="wine", seed=4)
    assert parse("some/file.NPZ") == str(Path("some/file.NPZ").absolute())


@pytest.mark.parametrize(
    ("text", "samples", "sentence"),
    [
        ("", None, "This is no relation with its settings, no collection, and no path"),
        ("breast-cancer", None, "Did you mean `breast_cancer`?"),
        ("wine:noise=1", None, "A collection can't have settings (wine:noise=1). Write `wine`."),
        ("xor", 1, "`samples` of the dataset can't be 1. Use 20 or more."),
        ("wine", 10**9, "`samples` of the dataset can't be 1000000000. Use"),
        ("../data.csv", None, "This is no relation with its settings"),
    ],
)
def test_parse_refuses(text: str, samples: int | None, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        parse(text, samples)
    assert sentence in str(caught.value)


def test_load_a_relation() -> None:
    spec = parse("xor", samples=40)
    assert isinstance(spec, DataSpec)
    loaded, made = load(VECTORS, spec, draw=1), make(VECTORS, spec, draw=1)
    assert np.array_equal(loaded.inputs["in_1"], made.inputs["in_1"])
    assert nbytes_of(VECTORS, spec) == nbytes(VECTORS, spec)
    assert about(spec).title
    assert about(spec).teaches


def test_load_a_collection_that_does_not_fit() -> None:
    with pytest.raises(DataError) as caught:
        load(VECTORS, CollectionSpec(collection="wine"))
    assert "exactly one array for each input" in caught.value.rule
    assert "`wine` comes with an architecture that fits." in caught.value.fix


def test_load_a_file(tmp_path: Path) -> None:
    dataset = make(VECTORS, DataSpec(relation={"kind": "xor"}, samples=30))
    path = tmp_path / "mine.npz"
    save_npz(path, {**dataset.inputs, **dataset.targets})
    loaded = load(VECTORS, str(path))
    assert np.array_equal(loaded.targets["out_1"], dataset.targets["out_1"])
    assert nbytes_of(VECTORS, str(path)) == 30 * 11 * 4
    assert about(str(path)).title == "mine"
    beside = tmp_path / "mine.about.json"
    beside.write_text('{"title": "Mine", "classes": {"out_1": ["no", "yes"]}}', encoding="utf-8")
    assert about(str(path)).classes == {"out_1": ("no", "yes")}
    described = load(VECTORS, str(path))
    assert np.array_equal(described.inputs["in_2"], dataset.inputs["in_2"])
    for broken in ("", "[]", '{"title": 3}', '{"more": 1}', '{"title": "' + "a" * 3_000_000 + '"}'):
        beside.write_text(broken, encoding="utf-8")
        assert about(str(path)).title == "mine"


def test_files_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no such file"):
        load(VECTORS, str(tmp_path / "no.npz"))
    with pytest.raises(DataError, match="There is no such file"):
        nbytes_of(VECTORS, str(tmp_path / "no.npz"))
    (tmp_path / "text.npz").write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match=r"The file can't be unpacked as a zip"):
        nbytes_of(VECTORS, str(tmp_path / "text.npz"))
