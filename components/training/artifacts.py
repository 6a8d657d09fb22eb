"""What is left of a run, as files: the trained model, its weights, and a log for TensorBoard."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from components.core.errors import FileError
from components.training.events import Epoch
from components.training.models import WEIGHTS, Save
from components.training.requests import amount
from components.training.store import Run, Store

VALIDATION = "val_"


def keras_file(store: Store, run_id: str) -> bytes:
    """The trained model as a `.keras` file, which plain Keras loads; it is not compiled.

    Raises `RunError` for an unknown run, and `FileError` where there is no such file, or it is not
    the one that was kept.
    """
    run = store.get(run_id)
    lacking = why_none(store, run)
    if lacking is not None:
        raise lacking
    data = store.models.path(run_id).read_bytes()
    if hashlib.sha256(data).hexdigest() != run.model_digest:
        raise FileError(
            "A trained model's file must be the one that was kept.",
            f"another file for {run.name}",
            "Start the run again: it gives the same numbers.",
        )
    return data


def weights_file(store: Store, run_id: str) -> bytes:
    """The trained weights as a `.weights.h5` file for the model that the exported code builds.

    Raises as `keras_file` does.
    """
    with zipfile.ZipFile(io.BytesIO(keras_file(store, run_id))) as archive:
        return archive.read(WEIGHTS)


def why_none(store: Store, run: Run) -> FileError | None:
    """Why there is no file of the trained model, where there is none."""
    models = store.models
    if run.model_digest and models.path(run.id).exists():
        return None
    if not run.ended:
        received, fix = f"{run.name}, which is {run.status}", "Wait for its end, or stop it."
    elif run.model_digest:
        received = f"{run.name}, whose file made room for newer ones or is on another server"
        fix = "Start the run again: it gives the same numbers."
    elif run.parameters and not Save("", models.most_each).takes(run.parameters):
        received = f"{run.name} with {run.parameters:,} parameters"
        fix = (
            f"Models of up to {amount(models.most_each)} are kept here: FUSION_MODELS_BYTES sets "
            "ten times that."
        )
    else:
        received = f"{run.name}, of which none was kept"
        fix = "Start the run again, and let it reach the end of an epoch."
    return FileError("A trained model is kept at the end of its run.", received, fix)


def tensorboard_zip(store: Store, run_id: str) -> bytes:
    """The history as a log for TensorBoard: event files of `train` and `validation`, zipped.

    Tags are those of Keras's own callback (`epoch_loss` …), steps are epochs from 0, and times are
    those at which epochs ended. Raises `RunError` where the run is unknown.
    """
    run, points = store.get(run_id), store.points(run_id)
    sides = {"train": dict[int, dict[str, float]](), "validation": dict[int, dict[str, float]]()}
    for point in points:
        for key, value in point.logs.items():
            side = "validation" if key.startswith(VALIDATION) else "train"
            logs = sides[side].setdefault(point.epoch - 1, {})
            logs[f"epoch_{key.removeprefix(VALIDATION)}"] = value
    times = dict(_times(run, points))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for side, steps in sides.items():
            if steps:
                begun = int(times[-1])
                name = f"{run.id}/{side}/events.out.tfevents.{begun}.fusion"
                archive.writestr(name, _events(steps, times))
    return made.getvalue()


def _times(run: Run, points: tuple[Epoch, ...]) -> Iterator[tuple[int, float]]:
    """Seconds since 1970 at the end of each epoch, and at the start as -1."""
    time = (run.started or run.created).timestamp()
    yield -1, time
    for point in points:
        time += point.seconds
        yield point.epoch - 1, time


def _events(steps: Mapping[int, Mapping[str, float]], times: Mapping[int, float]) -> bytes:
    """An event file: a TFRecord of `tf.compat.v1.Event` messages."""
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
