"""Trained models, weights and logs as files: of real runs, loaded by Keras and TensorFlow alone."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from components.base.database.database import remove_old
from components.base.errors import FileError, RunError
from components.experiments.queue import artifacts
from components.experiments.queue.run_service import Service
from components.experiments.queue.store import Store
from components.experiments.training.data_split import DataSplit
from components.experiments.training.events import Epoch, Finished, Started
from components.experiments.training.models import SaveOptions
from components.models.architecture.builder import build
from sample_data.loading.sources import load
from sample_data.own.saving import save_npz
from tests.experiments.queue.fake_runner import FakeServer
from tests.experiments.training.support import IMAGE_SEQUENCE, VECTORS, request, train, wait_for_end

PLAIN_KERAS = """
import sys, numpy as np, keras
data = dict(np.load(sys.argv[2]))
model = keras.saving.load_model(sys.argv[1])
np.savez(sys.argv[3], config=model.to_json(), **model.predict(data, verbose=0))
again = keras.models.model_from_json(model.to_json())
again.load_weights(sys.argv[4])
np.savez(sys.argv[5], **again.predict(data, verbose=0))
assert not any(name.partition(".")[0] in ("components", "sample_data") for name in sys.modules)
"""
"""A script that predicts with a model file in a process with Keras and without the playground."""


def create(store: Store, parameters: int = 37, kept: bytes = b"") -> str:
    run_id = store.create(request())
    logs = {"loss": 0.5, "y/loss": 0.5, "y/accuracy": 0.75, "val_loss": 0.6}
    if kept:
        store.keep_model(run_id, kept)
    store.append(
        run_id,
        Started(parameters=parameters),
        Epoch(epoch=1, logs=logs, seconds=0.5),
        Epoch(epoch=2, logs={**logs, "loss": 0.25}, seconds=0.25),
        Finished(seconds=1.0),
    )
    return run_id


@pytest.mark.matrix
@pytest.mark.parametrize("backend", ["dask"], indirect=True)
def test_a_finished_runs_files_load_in_plain_keras(service: Service, tmp_path: Path) -> None:
    wanted = request(IMAGE_SEQUENCE, epochs=2)
    store = service.store
    run = wait_for_end(store, service.submit(wanted))
    assert run.status == "finished"
    assert run.model_bytes == store.models.path(run.id).stat().st_size
    model, weights = tmp_path / "m.keras", tmp_path / "m.weights.h5"
    model.write_bytes(artifacts.keras_file(store, run.id))
    weights.write_bytes(artifacts.weights_in(artifacts.keras_file(store, run.id)))
    data = load(wanted.architecture, wanted.data)
    given, told, again = (tmp_path / name for name in ("in.npz", "out.npz", "again.npz"))
    save_npz(given, data.inputs)
    files = map(str, (model, given, told, weights, again))
    subprocess.run([sys.executable, "-c", PLAIN_KERAS, *files], cwd=tmp_path, check=True)
    with np.load(told) as first, np.load(again) as second:
        predicted = first["y"]
        np.testing.assert_array_equal(predicted, second["y"])
        config = json.loads(str(first["config"]))["config"]
    assert config == json.loads(build(wanted.architecture).model.to_json())["config"]
    report = store.report(run.id)
    assert report is not None
    held = DataSplit(data.samples, wanted.settings).held
    right = (predicted > 0.5) == (data.targets["y"] > 0.5)
    measured = report.heads["y"].measures["accuracy"]
    assert np.mean(right[held]) == pytest.approx(measured, abs=1e-6)


def test_the_file_of_a_deleted_run_is_there_until_the_run_is_gone_for_good(store: Store) -> None:
    run_id = create(store, kept=b"model")
    store.delete(run_id)
    store.restore(run_id, "")
    assert artifacts.keras_file(store, run_id) == b"model"
    store.delete(run_id)
    remove_old(store.database, 0.0)
    assert not store.models.path(run_id).exists()


def test_a_model_too_large_is_not_kept(server: FakeServer, tmp_path: Path) -> None:
    job = server.in_training(server.service.submit(request()))
    assert (
        job.model_bytes == server.store.models.max_file_bytes == server.store.models.max_bytes / 10
    )
    for limit, kept in ((321 * 4 - 1, False), (321 * 4, True)):
        save = SaveOptions(str(tmp_path / "model.keras"), limit)
        result = train(request(epochs=1), lambda _: None, lambda: False, save=save)
        assert (result.status, result.parameters) == ("finished", 321)
        assert Path(save.path).exists() == kept


def test_a_file_that_cannot_be_written_leaves_the_run_as_it_is() -> None:
    told: list[object] = []
    save = SaveOptions("/nowhere/at/all/model.keras", 10**9)
    result = train(request(VECTORS, epochs=1), told.append, lambda: False, save=save)
    assert result.status == "finished"
    assert len(result.history) == 1


def test_a_file_without_weights_is_refused() -> None:
    with pytest.raises(FileError, match=r"is not a whole `\.keras` file"):
        artifacts.weights_in(b"no archive")


def test_the_newest_models_are_kept(store: Store) -> None:
    store.models.max_bytes = 100
    ids = [create(store, kept=bytes(40)) for _ in range(2)]
    store.pin(ids[0])
    for run_id in ids:
        assert artifacts.keras_file(store, run_id) == bytes(40)
    last = create(store, kept=bytes(50))
    assert sorted(path.stem for path in store.models.folder.iterdir()) == sorted([ids[0], last])
    with pytest.raises(FileError, match="removed for newer ones"):
        artifacts.keras_file(store, ids[1])
    store.delete(ids[1])


def test_a_file_that_was_changed_is_refused(store: Store) -> None:
    run_id = create(store, kept=b"model")
    store.models.path(run_id).write_bytes(b"other")
    with pytest.raises(FileError, match="was changed after training"):
        artifacts.keras_file(store, run_id)


def test_why_there_is_no_file(store: Store) -> None:
    queued = store.create(request())
    none = create(store)
    large = create(store, parameters=10**9)
    kept = create(store, kept=b"model")
    found = {i: artifacts.missing_model(store, store.get(i)) for i in (queued, none, large, kept)}
    assert "which is queued" in str(found[queued])
    assert "has no model file" in str(found[none])
    assert "1,000,000,000 parameters" in str(found[large])
    assert found[kept] is None
    with pytest.raises(RunError):
        artifacts.keras_file(store, "nobody")


def test_log_for_tensorboard(store: Store, tmp_path: Path) -> None:
    import tensorflow as tf

    run = store.get(create(store))
    with zipfile.ZipFile(
        io.BytesIO(artifacts.tensorboard_zip(run, store.points(run.id)))
    ) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert [name.split("/")[:2] for name in names] == [[run.id, "train"], [run.id, "validation"]]
    assert all("/events.out.tfevents." in name for name in names)
    train, validation = (
        list(tf.compat.v1.train.summary_iterator(str(tmp_path / name))) for name in names
    )
    assert train[0].file_version == "brain.Event:2"
    told = [(e.step, {v.tag: v.simple_value for v in e.summary.value}) for e in train[1:]]
    once = {"epoch_loss": 0.5, "epoch_y/loss": 0.5, "epoch_y/accuracy": 0.75}
    assert told == [(0, once), (1, {**once, "epoch_loss": 0.25})]
    assert [e.summary.value[0].tag for e in validation[1:]] == ["epoch_loss"] * 2
    assert run.started is not None
    times = [e.wall_time - run.started.timestamp() for e in train]
    assert times == pytest.approx([0, 0.5, 0.75], abs=1e-3)
