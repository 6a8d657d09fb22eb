"""The command `record`: one page on a model, with the author's reasons and the measurements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError

from components.app.cli.sources import (
    MODEL_HELP,
    Command,
    Output,
    field_option,
    is_run_id,
    opened_store,
    output_option,
    read_model,
)
from components.base.errors import DataError, FileError
from components.base.refusals import refusal
from components.base.workers.keras_import import load_keras
from components.models.imported import ImportedModel
from components.models.language.fields import settings
from components.sharing.record.author import AuthorNotes, measure_latency
from components.sharing.record.forms import FORMS

if TYPE_CHECKING:
    from components.sharing.record.subject import RecordSubject


def _notes_options(command: Command) -> Command:
    """Add an option for each field of the author's notes."""
    for setting in reversed(settings(AuthorNotes, skip=("latency",))):
        command = field_option(setting)(command)
    return command


def _refuse_pdf(context: click.Context, option: click.Parameter, path: Any) -> Any:
    if str(path).lower().endswith(".pdf"):
        raise FileError(
            "A design record is not written as a PDF.",
            path,
            "Write it as .html, open that in a browser, and print it to a PDF.",
        )
    return path


@click.command()
@click.argument("subject", metavar="RUN|MODEL", help=f"The id of a run. {MODEL_HELP}")
@output_option(
    f"File to write. Its ending is one of {', '.join(FORMS)}.",
    *FORMS,
    required=True,
    callback=_refuse_pdf,
)
@_notes_options
@click.option(
    "--latency",
    type=float,
    is_flag=False,
    flag_value=math.inf,
    metavar="[MS]",
    help="Also measure the milliseconds for one sample on this machine; MS is the limit.",
)
def record(subject: str, output: Output, latency: float | None, **notes: Any) -> int:
    """Write the design record of a model or of a run: one page that stands alone."""
    from components.sharing.record.contents import record_of, record_of_file
    from components.sharing.record.subject import RecordSubject

    author = _notes(**notes, latency=None if latency == math.inf else latency)
    if is_run_id(subject):
        about = _of_run(subject)
    else:
        content = read_model(subject)
        if isinstance(content, ImportedModel):
            if latency is not None:
                raise _not_run(content.name)
            output.write(FORMS[output.ending]().write(record_of_file(content, author)))
            return 0
        about = RecordSubject(content.architecture, content.data, content.settings)
    load_keras()
    measured = None if latency is None else measure_latency(about.architecture)
    output.write(FORMS[output.ending]().write(record_of(about, author, measured)))
    return 0


def _not_run(name: str) -> FileError:
    return FileError(
        "The latency of a Keras model's file can't be measured, because nothing of a file is run.",
        name,
        "Leave `--latency` out.",
    )


def _notes(**values: Any) -> AuthorNotes:
    texts = {name: value for name, value in values.items() if value is not None}
    try:
        return AuthorNotes(**texts)
    except ValidationError as error:
        raise refusal(error, DataError, AuthorNotes, texts, "the record") from None


def _of_run(run_id: str) -> RecordSubject:
    from components.sharing.record.subject import subject_of_run

    with opened_store() as store:
        run, sweeps = store.ended(run_id), store.sweeps
        races = (sweeps.find(run.sweep), sweeps.refit_of(run_id))
        return subject_of_run(
            run, store.report(run_id), store.result(run_id, "inspection"), races, store
        )
