"""Own data: reports, inspections and races use the rows that the file holds out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.experiments.inspection.trained import inspect_trained
from components.experiments.races.entries import parse_entry
from components.experiments.races.kinds import make_race
from components.experiments.races.plan import requests
from components.experiments.training.loop import RunModel
from components.experiments.training.requests import RunRequest, Settings
from sample_data import own
from sample_data.own import RowSplit, held_rows
from tests.experiments.training.support import train

HELD = RowSplit(by="group", column="patient")


@pytest.fixture(scope="module")
def table() -> own.DataTable:
    lines = [f"{i // 4},{i % 7},{'ab'[i % 3 % 2]},{i % 2}" for i in range(80)]
    read = own.read("\n".join(["patient,size,kind,label", *lines]).encode(), "mine.csv")
    return own.read_as(read, {"patient": "leave out"})


@pytest.fixture(scope="module")
def asked(table: own.DataTable, tmp_path_factory: pytest.TempPathFactory) -> RunRequest:
    model = own.propose(table)
    prepared = own.prepare(table, model, own.propose_mapping(table, model), HELD)
    path: Path = own.keep(prepared, tmp_path_factory.mktemp("own"), "mine")
    return RunRequest(architecture=model, data=str(path), settings=Settings(epochs=1, seed=3))


@pytest.fixture(scope="module")
def held(table: own.DataTable) -> list[int]:
    return [int(row) for row in np.flatnonzero(held_rows(table, HELD))]


def test_an_inspection_measures_the_held_out_rows(asked: RunRequest, held: list[int]) -> None:
    inspection = inspect_trained(RunModel.of(asked), 2)
    assert sorted(inspection.sample_rows) == held


def test_a_report_measures_the_held_out_rows(asked: RunRequest, held: list[int]) -> None:
    report = train(asked, lambda _: None, lambda: False).report
    assert report is not None
    assert (report.samples, report.held, report.trained) == (len(held), len(held), 80 - len(held))


def test_every_run_of_a_race_holds_out_the_same_rows(asked: RunRequest, held: list[int]) -> None:
    race = make_race(
        architecture=asked.architecture,
        entries=(parse_entry("concatenate"), parse_entry("gated:units=8")),
        data=(asked.data,),
        seeds=2,
    )
    splits = [RunModel.of(request).split for request in requests(race)]
    assert [split.held.tolist() for split in splits] == [held] * 4
