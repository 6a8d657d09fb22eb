"""Model handed over to the Viewer by another process of the same user, as a data file.

Its name is a random token, so only those who know the token can open the model.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from components.base.errors import ModelFileError
from components.base.files import explaining_writes, private_folder, read_file, replacing
from components.base.paths import data_folder
from components.models.imported.imported_model import ImportedModel
from components.models.imported.safe_text import MOST_BYTES, too_large

MOST_KEPT = 20
"""Maximum number of models that are kept; the oldest are removed."""
PARAMETER = "graph"
"""Query parameter of the Viewer's address for the token."""
_AGAIN = "Call `fp.open(model)` again."
_TOKEN = re.compile("[0-9a-f]{32}")
_MODEL = TypeAdapter(ImportedModel)


def hand_over(model: ImportedModel) -> str:
    """Write a model to the data folder, and return its token. Raises `FileError`."""
    content = _MODEL.dump_json(model, fallback=str)
    if len(content) > MOST_BYTES:
        raise too_large(len(content), MOST_BYTES)
    token = secrets.token_hex(16)
    path = _path(token)
    with explaining_writes(path):
        private_folder(path.parent)
        with replacing(path, private=True) as new:
            new.write_bytes(content)
        files = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        for old in files[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    return token


def read_handed_over(token: str) -> ImportedModel:
    """Return the model with a token. Raises `ModelFileError`."""
    if not _TOKEN.fullmatch(token) or not _path(token).is_file():
        raise ModelFileError("There is no model at this address.", token[:8], _AGAIN)
    try:
        return _MODEL.validate_json(read_file(_path(token), MOST_BYTES))
    except ValidationError:
        raise ModelFileError(
            "The model at this address can't be read.", token[:8], _AGAIN
        ) from None


def _path(token: str) -> Path:
    return data_folder() / "handed_over" / f"{token}.json"
