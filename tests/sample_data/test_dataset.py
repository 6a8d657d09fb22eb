"""Data for any architecture: the same for the same seed, and refused in full sentences."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from components.base.errors import DataError
from components.models.architecture.architecture import Architecture, parse
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset, check, load_npz
from sample_data.loading.synthetic import DataSpec, make, make_targets, nbytes, parse_data
from sample_data.relations import RELATIONS
from sample_data.renderers import RENDERERS

from .architectures import architecture

HEADS: list[dict[str, Any]] = [
    {"kind": "binary"},
    {"kind": "multiclass", "classes": 4},
    {"kind": "regression", "outputs": 3},
]
ALL_KINDS = architecture("image", "tokens", "embeddings", "categorical", "vector", heads=HEADS)
VECTORS = architecture("vector", "vector", heads=HEADS)


ROOMY = architecture(*["timeseries"] * 2, heads=HEADS, fields={"length": 16, "features": 4})
WITH_SETTINGS = {"dot": "dot:k=2"}
SEQUENCES = ("tokens", "embeddings", "timeseries", "spectrogram")
REFUSES: dict[str, Callable[[str, int], bool]] = {
    "dot": lambda kind, count: kind == "categorical",
    "conditional": lambda kind, count: count < 2 or kind == "categorical",
    "cross_reliability": lambda kind, count: count < 2 or kind == "categorical",
    "similarity": lambda kind, count: count < 2,
    "alignment": lambda kind, count: count < 2 or kind not in SEQUENCES,
    # A step of a spectrogram of six bands has room for a single voice.
    "recall": lambda kind, count: count < 2 or kind not in SEQUENCES[:3],
    "mix": lambda kind, count: kind == "categorical",
}


def spec(text: str = "additive", samples: int = 200, seed: int = 0) -> DataSpec:
    return DataSpec(relation=parse_data(text), samples=samples, seed=seed)


def same(one: Dataset, other: Dataset) -> bool:
    return all(
        mine.keys() == theirs.keys() and all(np.array_equal(mine[k], theirs[k]) for k in mine)
        for mine, theirs in (
            (one.inputs, other.inputs),
            (one.targets, other.targets),
            (one.causes, other.causes),
        )
    )


@pytest.mark.parametrize(("relation", "kind"), list(product(RELATIONS, RENDERERS)))
def test_every_relation_in_every_kind_of_input(relation: str, kind: str) -> None:
    text = WITH_SETTINGS.get(relation, relation)
    for count in (1, 2, 3, 6):
        spec_ = architecture(*[kind] * count, heads=[*HEADS, {"kind": "multiclass", "classes": 50}])
        if relation in REFUSES and REFUSES[relation](kind, count):
            with pytest.raises(DataError):
                make(spec_, spec(text, 40))
            continue
        dataset = make(spec_, spec(text, 40))
        check(spec_, dataset)
        assert list(dataset.inputs) == [f"in_{place}" for place in range(1, count + 1)]
        assert same(dataset, make(spec_, spec(text, 40)))
        assert not same(dataset, make(spec_, spec(text, 40, seed=1)))


@pytest.mark.parametrize("relation", RELATIONS)
def test_targets_alone_are_those_of_the_data_whose_size_is_known(relation: str) -> None:
    whole, alone = make(ROOMY, spec(relation), 3), make_targets(ROOMY, spec(relation), 3)
    assert same(alone, Dataset({}, whole.targets, whole.causes))
    parts = (whole.inputs, whole.targets, whole.causes)
    assert nbytes(ROOMY, spec(relation)) == sum(v.nbytes for p in parts for v in p.values())


def test_difficulty_touches_inputs_only() -> None:
    easy, hard = (
        make(ROOMY, DataSpec(relation=parse_data("additive"), samples=50, difficulty=difficulty))
        for difficulty in (0, 1)
    )
    assert same(Dataset({}, easy.targets, easy.causes), Dataset({}, hard.targets, hard.causes))
    assert not np.array_equal(easy.inputs["in_1"], hard.inputs["in_1"])


def test_absent_inputs_are_zeros_in_the_rows_asked_for() -> None:
    dataset = make(VECTORS, spec("missing:p=0.5"))
    assert dataset.absent is not None
    shown = dataset.with_absent(np.arange(100, 200))
    for place, (name, before) in enumerate(dataset.inputs.items()):
        after, gone = shown.inputs[name], dataset.absent[100:, place]
        assert np.array_equal(after[:100], before[:100])
        assert not after[100:][gone].any()
        assert np.array_equal(after[100:][~gone], before[100:][~gone])
        assert after.dtype == before.dtype
    assert same(Dataset({}, shown.targets), Dataset({}, dataset.targets))


def test_nbytes_of_data_beyond_any_memory() -> None:
    huge = architecture("image", fields={"height": 2048, "width": 2048, "channels": 16})
    assert nbytes(huge, spec(samples=200_000)) > 5e13


def test_another_draw_is_of_the_same_world() -> None:
    one = architecture("vector")
    train, test = make(one, spec()), make(one, spec(), draw=1)
    assert not same(train, test)
    weights, *_ = np.linalg.lstsq(train.inputs["in_1"], train.causes["in_1"], rcond=None)
    assert test.inputs["in_1"] @ weights == pytest.approx(test.causes["in_1"], abs=1e-4)


def test_inputs_that_share_an_encoder_share_directions() -> None:
    data = architecture("vector", "vector", "vector").data()
    data["inputs"][0]["encoder"] = {"kind": "dense"}
    data["inputs"][1]["encoder"] = {"kind": "shared", "branch": "in_1"}
    dataset = make(parse(data), spec())
    weights, *_ = np.linalg.lstsq(dataset.inputs["in_1"], dataset.causes["in_1"], rcond=None)
    assert dataset.inputs["in_2"] @ weights == pytest.approx(dataset.causes["in_2"], abs=1e-4)
    assert not np.allclose(dataset.inputs["in_3"] @ weights, dataset.causes["in_3"], atol=0.1)


def test_each_kind_of_input_stands_beside_all_others() -> None:
    for relation in ("additive", "alignment"):
        every = architecture(*RENDERERS, heads=HEADS)
        check(every, make(every, spec(relation, 20)))


def test_noise_touches_inputs_only() -> None:
    one = architecture("vector", fields={"features": 1})
    clean, noisy = make(one, spec(samples=4000)), make(one, spec("additive:noise=2", 4000))
    assert np.array_equal(clean.causes["in_1"], noisy.causes["in_1"])
    assert np.array_equal(clean.targets["out_1"], noisy.targets["out_1"])
    assert (noisy.inputs["in_1"] - clean.inputs["in_1"]).std() == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("relation", RELATIONS)
def test_label_noise_replaces_a_share(relation: str, share: float) -> None:
    clean = make_targets(ROOMY, spec(relation, 8000)).targets
    noisy = make_targets(ROOMY, spec(f"{relation}:label_noise={share}", 8000)).targets
    assert (clean["out_1"] == noisy["out_1"]).mean() == pytest.approx(1 - share / 2, abs=0.02)
    kept = 1 - share * 3 / 4
    assert (clean["out_2"] == noisy["out_2"]).mean() == pytest.approx(kept, abs=0.02)
    assert noisy["out_3"].std() == pytest.approx(clean["out_3"].std(), abs=0.05)
    assert set(np.unique(noisy["out_3"])) <= set(np.unique(clean["out_3"]))


def test_outputs_of_a_regression_are_the_same_score() -> None:
    values = make(VECTORS, spec()).targets["out_3"]
    assert np.array_equal(values, np.repeat(values[:, :1], 3, axis=1))


@pytest.mark.parametrize("fields", [{"samples": 19}, {"samples": 200_001}, {"seed": -1}, {"x": 1}])
def test_a_spec_refuses(fields: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        DataSpec.model_validate({"relation": {"kind": "xor"}, **fields})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xor", {"kind": "xor"}),
        ("xor:", {"kind": "xor"}),
        (" xor:form=signs ", {"kind": "xor", "form": "signs"}),
        (
            "additive:noise=0.5, label_noise = .1",
            {"kind": "additive", "noise": 0.5, "label_noise": 0.1},
        ),
    ],
)
def test_parse_data(text: str, expected: dict[str, object]) -> None:
    relation = parse_data(text)
    assert relation.model_dump(exclude_defaults=True) | {"kind": expected["kind"]} == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no relation ``. Choose one of"),
        ("xr", "There is no relation `xr`. Did you mean `xor`?"),
        ("additive:nois=1", "`additive` has no setting `nois`. Did you mean `noise`?"),
        ("xor:kind=xor", "`xor` has no setting `kind`."),
        ("xor:noise", "is written as `name=value` (noise). Give a number"),
        ("xor:noise=", "A setting is written as `name=value` (noise=)."),
        ("xor:noise=1,noise=2", "Each setting may be given only once (xor:noise=1,noise=2)."),
        ("xor:noise=9", "is outside its range (9). Give a number from 0 to 5."),
        ("xor:noise=nan", "`noise` of `xor` is outside its range (nan)."),
        ("xor:noise=loud", "`noise` of `xor` is outside its range (loud)."),
        ("xor:form=sign", "is outside its range (sign). Choose one of `bits` and `signs`."),
    ],
)
def test_parse_data_refuses(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_data(text)
    assert message in str(caught.value)


def changed(name: str, array: Array | None, rename: str | None = None) -> Dataset:
    """Return the data of `ALL_KINDS` with one array changed, left out or renamed."""
    dataset = make(ALL_KINDS, spec(samples=20))
    parts = {"inputs": dict(dataset.inputs), "targets": dict(dataset.targets)}
    part = parts["inputs" if name.startswith("in") else "targets"]
    if rename is not None:
        part[rename] = part.pop(name)
    elif array is None:
        del part[name]
    else:
        part[name] = array
    return Dataset(parts["inputs"], parts["targets"])


REAL = np.zeros((20, 5), np.float32)
IDS = np.zeros((20, 12), np.int32)
COLUMN = np.zeros((20, 1), np.float32)
SOME = np.eye(20, 5, dtype=bool)
REFUSED: list[tuple[str, Array, str]] = [
    ("in_5", REAL[:, :4], "of `in_5` has shape (20, 4), and needs (N, 5), for N samples."),
    ("in_5", REAL[:, :, None], "The array of `in_5` has shape (20, 5, 1), and needs (N, 5)"),
    ("in_5", REAL[0, 0], "has shape (), and needs (N, 5), for N samples."),
    ("in_5", REAL.astype(int), "only hold real numbers (int64). Convert it with `.astype('"),
    ("in_5", REAL.astype(str), "The array of `in_5` can only hold real numbers (<U32)."),
    ("in_2", REAL, "The array of `in_2` has shape (20, 5), and needs (N, 12)"),
    ("in_2", IDS / 1, "hold whole numbers (float64). Convert it with `.astype('int"),
    ("in_5", np.where(SOME, np.nan, REAL), "not finite numbers (5 NaN and 0 infinite of 100"),
    ("in_5", np.where(SOME, -np.inf, REAL), "not finite numbers (0 NaN and 5 infinite of 100"),
    ("in_2", IDS + 50, "from 0 to 49 (50, one of 240 such in in_2)."),
    ("in_2", IDS - 1, "Ids of `in_2` can only be whole numbers from 0 to 49 (-1, one of 240"),
    ("in_5", REAL[1:], "the same number of rows, at least one (in_1 20, in_2 20, in_3 20, in_4 20"),
    ("out_1", COLUMN + 2, "of the binary head `out_1` can only be 0 or 1 (2.0, one of 20"),
    ("out_1", COLUMN.astype(complex), "of `out_1` can only hold 0 or 1 (complex12"),
    ("out_1", COLUMN + np.float32(np.nan), "`out_1` has values that are not finite numbers"),
    ("out_1", COLUMN[:, 0], "The array of `out_1` has shape (20,), and needs (N, 1)"),
    ("out_2", IDS[:, :1] + 4, "only be class numbers from 0 to 3 (4, one of 20"),
    ("out_2", COLUMN, "The array of `out_2` can only hold whole numbers (float32)."),
    ("out_3", COLUMN, "The array of `out_3` has shape (20, 1), and needs (N, 3), for N samples."),
    ("out_3", IDS[:, :3], "The array of `out_3` can only hold real numbers (int32)."),
]


@pytest.mark.parametrize(("name", "array", "message"), REFUSED)
def test_check_refuses(name: str, array: Array, message: str) -> None:
    with pytest.raises(DataError) as caught:
        check(ALL_KINDS, changed(name, array))
    assert message in str(caught.value)
    assert caught.value.fix.endswith(".")


def test_check_knows_names() -> None:
    with pytest.raises(DataError, match=r"each input and head.*\(in_55\)\. Did you mean `in_5`\?"):
        check(ALL_KINDS, changed("in_5", None, rename="in_55"))
    with pytest.raises(DataError, match=r"input and head.*\(out_1, out_2\)\. Add `out_3`\."):
        check(ALL_KINDS, changed("out_3", None))
    dataset = make(VECTORS, spec())
    more = Dataset({**dataset.inputs, "extra": COLUMN}, dataset.targets)
    with pytest.raises(DataError, match=r"\(extra\)\. Leave it out\."):
        check(VECTORS, more)


def test_check_wants_samples_and_takes_any_length_where_it_is_open() -> None:
    open_ = architecture("timeseries", fields={"length": None})
    targets = make(open_, spec(samples=20)).targets
    check(open_, Dataset({"in_1": np.zeros((20, 7, 3), np.float32)}, targets))
    with pytest.raises(DataError, match=r"needs \(N, any, 3\)"):
        check(open_, Dataset({"in_1": np.zeros((20, 0, 3), np.float32)}, targets))
    none = {name: array[:0] for name, array in targets.items()}
    with pytest.raises(DataError, match="at least one"):
        check(open_, Dataset({"in_1": np.zeros((0, 7, 3), np.float32)}, none))


def saved(folder: Path, architecture_: Architecture = ALL_KINDS, **changes: Array) -> Path:
    dataset = make(architecture_, spec(samples=20))
    path = folder / "data.npz"
    arrays: dict[str, Any] = {**dataset.inputs, **dataset.targets, **changes}
    np.savez(path, **arrays)
    return path


def test_load_npz(tmp_path: Path) -> None:
    loaded, dataset = load_npz(saved(tmp_path), ALL_KINDS), make(ALL_KINDS, spec(samples=20))
    assert same(loaded, Dataset(dataset.inputs, dataset.targets))
    assert same(load_npz(BytesIO(saved(tmp_path).read_bytes()), ALL_KINDS), loaded)


def test_load_npz_tidies_numbers(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        in_5=np.zeros((20, 5), np.uint8),
        in_2=IDS.astype(np.int64),
        in_4=np.zeros(20, np.int64),
        out_1=np.ones(20, bool),
        out_2=np.zeros(20, np.int64),
        out_3=np.zeros((20, 3)),
    )
    loaded = load_npz(path, ALL_KINDS)
    arrays = {**loaded.inputs, **loaded.targets}
    assert all(arrays[name].dtype == np.float32 for name in ("in_5", "out_1", "out_3"))
    assert all(arrays[name].dtype == np.int32 for name in ("in_2", "out_2"))
    assert arrays["in_4"].shape == arrays["out_1"].shape == arrays["out_2"].shape == (20, 1)


def test_load_npz_refuses_what_single_precision_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="0 NaN and 100 infinite"):
        load_npz(saved(tmp_path, in_5=np.full((20, 5), 1e300)), ALL_KINDS)
    with pytest.raises(DataError, match="4294967296, one of 240"):
        load_npz(saved(tmp_path, in_2=IDS.astype(np.int64) + 2**32), ALL_KINDS)
