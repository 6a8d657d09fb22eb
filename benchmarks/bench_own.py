"""Time and accuracy of ten kinds of own files, with flattering and honest held-out rows.

`python -m benchmarks own`
"""

from __future__ import annotations

import io
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.rows import BenchmarkRow, show
from components.experiments.races.evaluation import measure_of, reached
from components.experiments.training.events import Event, Outcome
from components.experiments.training.loop import ModelTrainer
from components.experiments.training.requests import RunRequest, Settings, settings_for
from sample_data import own
from sample_data.own import RowSplit

ROWS = 600
PATIENTS = 60
EPOCHS = 10
SEEDS = 5


def mixed(rows: int = ROWS) -> pd.DataFrame:
    """Return numbers, a category, dates, texts and a label that follows from the numbers."""
    rng = np.random.default_rng(0)
    size, age = rng.normal(size=rows), rng.integers(18, 90, rows)
    words = np.where(rng.random(rows) < 0.5, "a quiet room by the sea", "loud street and old bed")
    return pd.DataFrame(
        {
            "day": [date(2024, 1, 1) + timedelta(days=int(i) // 3) for i in range(rows)],
            "size": size.round(4),
            "age": age,
            "city": rng.choice(["Köln", "Bern", "Rom"], rows),
            "review": words,
            "label": np.where(size + (age - 50) / 20 > 0, "yes", "no"),
        }
    )


def csv(frame: pd.DataFrame, encoding: str = "utf-8", **options: str) -> bytes:
    """Return a table as CSV."""
    return frame.to_csv(index=False, **options).encode(encoding)  # type: ignore[no-any-return]


def xlsx(frame: pd.DataFrame) -> bytes:
    """Return a table as an Excel file."""
    file = io.BytesIO()
    frame.to_excel(file, index=False)
    return file.getvalue()


def texts() -> bytes:
    """Return reviews of different lengths whose words determine the label."""
    rng = np.random.default_rng(0)
    words = {"good": ["quiet", "clean", "kind", "sunny"], "bad": ["loud", "old", "cold", "dirty"]}
    rows = []
    for row in range(ROWS):
        label = "good" if row % 2 else "bad"
        note = rng.choice([*words[label], "room", "bed", "street"], rng.integers(3, 9))
        rows.append((f"A {' and '.join(note)} stay, number {row}", label))
    return csv(pd.DataFrame(rows, columns=["review", "label"]))


def pictures() -> bytes:
    """Return a zip of pictures with a table that names them."""
    rng, file = np.random.default_rng(0), io.BytesIO()
    lines = ["file,age,label"]
    with zipfile.ZipFile(file, "w") as archive:
        for row in range(120):
            bright = row % 2
            pixels = rng.integers(0, 128, (12, 12, 3)) + 100 * bright
            content = io.BytesIO()
            Image.fromarray(pixels.astype(np.uint8)).save(content, "PNG")
            archive.writestr(f"pictures/{row}.png", content.getvalue())
            label = "light" if bright else "dark"
            lines.append(f"pictures/{row}.png,{rng.integers(18, 90)},{label}")
        archive.writestr("table.csv", "\n".join(lines))
    return file.getvalue()


def sequences() -> bytes:
    """Return arrays of sequences with a label."""
    rng, file = np.random.default_rng(0), io.BytesIO()
    label = np.arange(ROWS) % 2
    signal = rng.normal(size=(ROWS, 20, 2)) + label[:, None, None] * np.linspace(0, 1, 20)[:, None]
    np.savez(file, signal=signal, label=label)
    return file.getvalue()


def patients() -> pd.DataFrame:
    """Return ten rows for each patient, with a label independent of the measurements.

    A model can recognise patients, so random held-out rows make it look accurate.
    """
    rng = np.random.default_rng(1)
    patient = np.repeat(np.arange(PATIENTS), ROWS // PATIENTS)
    typical, ill = rng.normal(size=(PATIENTS, 6)) * 2, rng.permutation(PATIENTS) % 2
    measured = typical[patient] + 0.3 * rng.normal(size=(ROWS, 6))
    columns = {f"m_{index}": measured[:, index].round(4) for index in range(6)}
    return pd.DataFrame({"patient": patient, **columns, "label": ill[patient]})


FILES: dict[str, Callable[[], bytes]] = {
    "mixed.csv": lambda: csv(mixed()),
    "dates.tsv": lambda: csv(mixed()[["day", "size", "label"]], sep="\t"),
    "latin1.csv": lambda: csv(mixed(), "latin-1"),
    "decimal_commas.csv": lambda: csv(mixed(), sep=";", decimal=","),
    "texts.csv": texts,
    "pictures_and_table.zip": pictures,
    "sequences.npz": sequences,
    "table.xlsx": lambda: xlsx(mixed()),
    "table.parquet": lambda: mixed().to_parquet(),
    "rows_100000.csv": lambda: csv(mixed(100_000)),
}


def accuracy(folder: Path, table: own.DataTable, split: RowSplit, seed: int, epochs: int) -> float:
    """Return the held-out accuracy of one run on a file."""
    model = own.propose(table)
    prepared = own.prepare(table, model, own.propose_mapping(table, model), split)
    path = str(own.keep(prepared, folder, table.name))
    settings = settings_for(Settings(epochs=epochs, seed=seed, learning_rate=0.01), path)
    asked = RunRequest(architecture=model, data=path, settings=settings)
    events: list[Event] = []
    ModelTrainer().train(asked, events.append, lambda: False)
    head = model.heads[0]
    value = reached(Outcome.of(events), head.name, measure_of(head, validated=True))
    assert value is not None
    return value


def _file_row(folder: Path, name: str, content: bytes) -> BenchmarkRow:
    start = time.perf_counter()
    table = own.read(content, name)
    seconds = time.perf_counter() - start
    epochs = EPOCHS if table.rows < 10_000 else 1
    right = accuracy(folder, table, RowSplit(), 0, epochs)
    kinds = ", ".join(column.recognised for column in table.columns)
    return BenchmarkRow(
        name,
        {
            "rows": f"{table.rows:,}",
            "read in": f"{seconds:.2f} s",
            "held-out accuracy": f"{right:.3f}",
            "read as": kinds,
        },
    )


def main() -> None:
    """Print a row for each file, and one for each way to hold out rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [_file_row(folder, file, make()) for file, make in FILES.items()]
        show("own file", rows)
        table = own.read_as(own.read(csv(patients()), "patients.csv"), {"patient": "leave out"})
        ways = {"random rows": RowSplit(), "whole groups": RowSplit(by="group", column="patient")}
        rows = []
        for title, split in ways.items():
            right = [accuracy(folder, table, split, seed, 40) for seed in range(SEEDS)]
            spread = f"{min(right):.3f} to {max(right):.3f}"
            figures = {"accuracy": f"{np.mean(right):.3f}", f"{SEEDS} seeds": spread}
            rows.append(BenchmarkRow(title, figures))
        show("held out", rows)


if __name__ == "__main__":
    main()
