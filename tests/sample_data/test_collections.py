from __future__ import annotations

import re

import numpy as np
import pytest

from components.models.architecture.builder import build
from sample_data.collections import COLLECTIONS
from sample_data.core.about import DatasetInfo
from sample_data.core.dataset import check
from sample_data.loading.sources import CollectionSpec, about, load, nbytes_of

SIZES = {"digit_halves": 1797, "same_digit": 890, "breast_cancer": 569, "wine": 178, "cars": 398}


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_each_fits_its_architecture(kind: str) -> None:
    collection = COLLECTIONS[kind]()
    dataset = load(collection.architecture, CollectionSpec(collection=kind))
    check(collection.architecture, dataset)
    assert dataset.samples == SIZES[kind]
    assert len(dataset.inputs) > 1
    held = [*dataset.inputs.values(), *dataset.targets.values()]
    assert nbytes_of(collection.architecture, CollectionSpec(collection=kind)) == sum(
        array.nbytes for array in held
    )
    build(collection.architecture)


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_each_names_its_source_and_describes_its_numbers(kind: str) -> None:
    info = about(CollectionSpec(collection=kind))
    assert "doi.org/10.24432/" in info.source
    assert info.licence == "CC BY 4.0"
    assert info.title
    assert re.fullmatch(r"[A-Z].+\.", info.teaches)
    assert info.notes[-1].startswith("Measured over five seeds")
    assert DatasetInfo.model_validate_json(info.model_dump_json()) == info
    architecture = COLLECTIONS[kind]().architecture
    for head in architecture.heads:
        if head.target != "values":
            assert len(info.classes[head.name]) == max(2, head.width)
    for given in architecture.inputs:
        if given.form == "vector":
            assert len(info.columns[given.name]) == len(info.scales[given.name]) == given.shape[0]
        if given.cardinality:
            assert len(info.ids[given.name]) == given.cardinality


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_the_seed_decides_which_samples_are_drawn(kind: str) -> None:
    architecture = COLLECTIONS[kind]().architecture
    first, again, other = (
        load(architecture, CollectionSpec(collection=kind, samples=50, seed=seed))
        for seed in (1, 1, 2)
    )
    name = architecture.inputs[0].name
    assert first.samples == 50
    assert np.array_equal(first.inputs[name], again.inputs[name])
    assert not np.array_equal(first.inputs[name], other.inputs[name])


@pytest.mark.parametrize("seed", range(3))
def test_each_picture_stands_in_one_pair(seed: int) -> None:
    dataset = COLLECTIONS["same_digit"]().draw(None, seed)
    pictures = np.concatenate((dataset.inputs["first"], dataset.inputs["second"]))
    assert len(np.unique(pictures.reshape(len(pictures), -1), axis=0)) == len(pictures)
    assert dataset.targets["same"].mean() == 0.5


def test_pairs_are_labelled_by_their_digits() -> None:
    pictures, digits = (
        COLLECTIONS["digit_halves"]().make(np.random.default_rng(0)),
        COLLECTIONS["same_digit"]().draw(None, 0),
    )
    whole = np.concatenate((pictures.inputs["left"], pictures.inputs["right"]), axis=2)
    labels = {
        picture.tobytes(): int(digit)
        for picture, digit in zip(whole, pictures.targets["digit"][:, 0], strict=True)
    }
    first, second = (
        np.array([labels[picture.tobytes()] for picture in digits.inputs[name]])
        for name in ("first", "second")
    )
    assert ((first == second) == (digits.targets["same"][:, 0] == 1)).all()
    apart = {tuple(sorted(pair)) for pair in zip(first, second, strict=True) if pair[0] != pair[1]}
    assert len(apart) == 45


def test_columns_are_scaled_and_can_be_scaled_back() -> None:
    collection = COLLECTIONS["cars"]()
    dataset = collection.make(np.random.default_rng(0))
    scale = collection.about.scales["miles"][0]
    miles = dataset.targets["miles"][:, 0] * scale.deviation + scale.mean
    assert miles[:5] == pytest.approx([18, 15, 18, 16, 17], abs=1e-4)
    assert dataset.inputs["engine"].mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-5)
    words = [collection.about.ids["words"][i] for i in dataset.inputs["words"][0]]
    assert words == ["chevrolet", "chevelle", "malibu", *["(padding)"] * 3]
