"""Files of a run to download: model, weights, history as CSV, and a log for TensorBoard."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from components.base.errors import FileError
from components.base.markup import to_csv
from components.base.text import byte_size
from components.base.versions import TRAINED
from components.base.workers.needs_keras import needs_keras
from components.experiments.queue.run import Run
from components.experiments.queue.store import Store
from components.experiments.training.events import Epoch
from components.experiments.training.models import WEIGHTS, SaveOptions
from sample_data.columns.preparation import PREPROCESSING

VALIDATION = "val_"


def keras_file(store: Store, run_id: str) -> bytes:
    """Return the trained model as a `.keras` file, not compiled, which plain Keras loads.

    Raises `RunError` for an unknown run, and `FileError` if the file is missing or has changed.
    """
    run = store.get(run_id)
    missing = missing_model(store, run)
    if missing is not None:
        raise missing
    data = store.models.path(run_id).read_bytes()
    if hashlib.sha256(data).hexdigest() != run.model_digest:
        raise FileError(
            "The file of the trained model was changed after training.",
            run.name,
            "Start the run again: it gives the same numbers.",
        )
    return data


def weights_in(keras_file: bytes) -> bytes:
    """Return the trained weights from a run's `.keras` file as a `.weights.h5` file.

    It fits the model that the exported code builds. Raises `FileError` if there are no weights.
    """
    return _member(keras_file, WEIGHTS)


def preprocessing_in(keras_file: bytes) -> dict[str, Any]:
    """Return the preprocessing from columns to inputs that a trained model's file has.

    Raises `FileError` if the file has none.
    """
    return TRAINED.read(json.loads(_member(keras_file, PREPROCESSING)))


def _member(keras_file: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(keras_file)) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise FileError(
            "The file of the trained model is not a whole `.keras` file.",
            f"a file of {byte_size(len(keras_file))} without {name}",
            "Start the run again: it gives the same numbers.",
        ) from error


def missing_model(store: Store, run: Run) -> FileError | None:
    """Return the reason why the run has no model file, or `None` if it has one."""
    models = store.models
    if run.model_digest and models.path(run.id).exists():
        return None
    if not run.ended:
        received, fix = f"{run.name}, which is {run.status}", "Wait for its end, or stop it."
    elif run.model_digest:
        received = (
            f"{run.name}, whose file was removed for newer ones or for its age, or is on another "
            "server"
        )
        fix = "Start the run again: it gives the same numbers."
    elif run.parameters and not SaveOptions("", models.max_file_bytes).allows(run.parameters):
        received = f"{run.name} with {run.parameters:,} parameters"
        fix = (
            f"Models of up to {byte_size(models.max_file_bytes)} are kept here. Set "
            "FUSION_MODELS_BYTES to at least ten times the size."
        )
    else:
        received = f"{run.name}, which has no model file"
        fix = "Start the run again, and let it finish at least one epoch."
    return FileError("There is no file of this trained model.", received, fix)


def csv_history(points: Sequence[Epoch]) -> str:
    """Return the history as CSV text: epoch, seconds, and a column for each curve."""
    keys = list(dict.fromkeys(key for point in points for key in point.logs))
    rows = [[p.epoch, p.seconds, *(p.logs.get(key, "") for key in keys)] for p in points]
    return to_csv([["epoch", "seconds", *keys], *rows])


@needs_keras
def tensorboard_zip(run: Run, points: Sequence[Epoch]) -> bytes:
    """Return a zipped TensorBoard log of the history: event files of `train` and `validation`.

    Tags are those of Keras's own callback (`epoch_loss` …), steps are epochs from 0, and times are
    the ends of the epochs.
    """
    sides = {"train": dict[int, dict[str, float]](), "validation": dict[int, dict[str, float]]()}
    for point in points:
        for key, value in point.logs.items():
            side = "validation" if key.startswith(VALIDATION) else "train"
            logs = sides[side].setdefault(point.epoch - 1, {})
            logs[f"epoch_{key.removeprefix(VALIDATION)}"] = value
    begun = (run.started or run.created).timestamp()
    ends = accumulate((point.seconds for point in points), initial=begun)
    # Unix time of each epoch's end; entry -1 is the start of the run.
    times = dict(zip([-1, *(point.epoch - 1 for point in points)], ends, strict=True))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for side, steps in sides.items():
            if steps:
                name = f"{run.id}/{side}/events.out.tfevents.{int(times[-1])}.fusion"
                archive.writestr(name, _event_file(steps, times))
    return buffer.getvalue()


def _event_file(steps: Mapping[int, Mapping[str, float]], times: Mapping[int, float]) -> bytes:
    """Return a TFRecord of `tf.compat.v1.Event` messages."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tempfile.TemporaryDirectory(prefix="fusion-") as folder:
        path = Path(folder, "events")
        with tf.io.TFRecordWriter(str(path)) as writer:
            first = v1.Event(wall_time=times[-1], file_version="brain.Event:2")
            writer.write(first.SerializeToString())
            for step, logs in steps.items():
                values = [v1.Summary.Value(tag=tag, simple_value=logs[tag]) for tag in logs]
                event = v1.Event(wall_time=times[step], step=step, summary=v1.Summary(value=values))
                writer.write(event.SerializeToString())
        return path.read_bytes()
