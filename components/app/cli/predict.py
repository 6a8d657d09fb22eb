"""The command `predict`: predict the rows of a table with a trained model."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from components.app.cli.sources import Output, is_run_id, opened_store, output_option
from components.base.errors import DataError
from components.base.files import regular_file
from components.base.versions import TRAINED
from components.base.workers.keras_import import load_keras


@click.command()
@click.argument("model", metavar="RUN|FILE")
@click.argument("rows", metavar="ROWS")
@output_option("CSV file to write.", default="-")
def predict(model: str, rows: str, output: Output) -> int:
    """Predict the rows of a table: .csv, .tsv, .xlsx, .parquet, .npz, or .zip with pictures.

    RUN is the id of a run whose model was kept, FILE its `.keras` file. Each row gets the class of
    each head and the probability of each class. What training has not seen is noted on standard
    error.
    """
    from components.experiments.queue.artifacts import keras_file
    from components.sharing.predicting.predict_rows import csv_text, load
    from sample_data.columns.preparation import RowsError

    load_keras()
    with TemporaryDirectory() as folder:
        file = Path(model)
        if is_run_id(model) and not file.exists():
            file = Path(folder, "model.keras")
            with opened_store() as store:
                file.write_bytes(keras_file(store, model))
        for each in (file, Path(rows)):
            regular_file(each)
        try:
            loaded = load(file, lambda text: click.echo(text, err=True), TRAINED.read)
            predicted = loaded.predict(rows)
        except RowsError as error:
            raise DataError(
                "The rows can't be predicted.", str(error), "Correct the file, or choose another."
            ) from None
    output.write(csv_text(predicted))
    return 0
