"""The state of one session's Train page: which data, which settings, which run is looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from components.core.errors import DataError
from components.core.paths import DATA
from components.core.registry import kind_of
from components.model.spec import Architecture
from components.training.requests import RunRequest, Settings
from components.ui.kit.model_editor import ModelEditor
from sample_data import own, sources
from sample_data.collections import COLLECTIONS
from sample_data.core.about import sidecar
from sample_data.own import ColumnMapping, DataTable, Prepared
from sample_data.relations import RELATIONS
from sample_data.sources import CollectionSpec, Data, load
from sample_data.synthetic import DataSpec, nbytes

Source = Literal["relation", "collection", "own"]
UPLOADS = DATA / "uploads"
"""Where files of one's own are kept, checked and named by what they hold."""
KEPT_BYTES = 2_000_000_000
FRESH_SECONDS = 3600


def make_room(folder: Path, most: int = KEPT_BYTES) -> None:
    """Delete the oldest files of a folder until the rest takes at most so many bytes.

    What was written in the last hour stays: someone may be about to train on it.
    """
    now, kept = time.time(), 0
    files = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files:
        found = path.stat()
        kept += found.st_size
        if kept > most and now - found.st_mtime > FRESH_SECONDS:
            path.unlink(missing_ok=True)
            sidecar(path).unlink(missing_ok=True)


def of_session() -> TrainState:
    """This session's data and settings."""
    found: TrainState | None = st.session_state.get("train_state")
    if found is None:
        found = st.session_state["train_state"] = TrainState()
    return found


@dataclass
class Own:
    """A file that was read, and how its columns feed the architecture at hand."""

    table: DataTable
    proposed: Architecture
    mapping: ColumnMapping | None = None
    """What a person chose; nothing where the proposal is taken."""
    _made: tuple[Architecture, ColumnMapping, Prepared, Path] | None = None

    def mapped(self, architecture: Architecture) -> ColumnMapping:
        """How columns feed inputs and heads. Raises `DataError` where they cannot."""
        wanted = {given.name for given in architecture.inputs}
        asked = {head.name for head in architecture.heads}
        chosen = self.mapping
        if chosen and chosen.inputs.keys() == wanted and chosen.heads.keys() == asked:
            return chosen
        return own.propose_mapping(self.table, architecture)

    def prepared(self, architecture: Architecture) -> tuple[Prepared, Path]:
        """The arrays for the architecture, and the file they are kept in."""
        mapping = self.mapped(architecture)
        if self._made is None or self._made[:2] != (architecture, mapping):
            made = own.prepare(self.table, architecture, mapping)
            self._made = (architecture, mapping, made, own.keep(made, UPLOADS, self.table.name))
            make_room(UPLOADS)
        return self._made[2], self._made[3]


@dataclass
class TrainState:
    """Data and settings as the widgets show them. Dials are kept for each relation."""

    source: Source = "relation"
    relation: str = field(default_factory=lambda: next(iter(RELATIONS)))
    dials: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, Any] = field(
        default_factory=lambda: {"samples": 2000, "difficulty": 0.2, "seed": 0}
    )
    collection: str = field(default_factory=lambda: next(iter(COLLECTIONS)))
    drawn: dict[str, Any] = field(default_factory=lambda: {"samples": None, "seed": 0})
    """Of a collection: how many samples, nothing for all, and which."""
    own: Own | None = None
    refused: str | None = None
    """Why the file chosen last was not taken."""
    settings: dict[str, Any] = field(default_factory=lambda: Settings().model_dump())
    run: str | None = None
    overlaid: tuple[str, ...] = ()
    error: str | None = None
    causes: bool = False
    """Whether hidden causes are written under the samples."""

    def reset(self) -> None:
        """Dials, data and settings as they were at first; runs and files stay."""
        fresh = TrainState()
        self.source, self.relation, self.dials = fresh.source, fresh.relation, fresh.dials
        self.data, self.collection, self.settings = fresh.data, fresh.collection, fresh.settings
        self.drawn = fresh.drawn

    def dial_values(self) -> dict[str, Any]:
        """The dials of the relation chosen now."""
        kind = self.relation
        if kind not in self.dials:
            self.dials[kind] = RELATIONS[kind]().model_dump(exclude={"kind"})
        return self.dials[kind]

    def spec(self, architecture: Architecture) -> Data:
        """The data the widgets describe. Raises `DataError` where there is none for the model."""
        if self.source == "relation":
            return DataSpec(relation=RELATIONS[self.relation](**self.dial_values()), **self.data)
        if self.source == "collection":
            return sources.collection(self.collection, **self.drawn)
        if self.own is None:
            raise DataError(
                "Own data is a file that was chosen.", "no file", "Choose one in the sidebar."
            )
        return str(self.own.prepared(architecture)[1])

    def fitting_data(self, architecture: Architecture) -> tuple[Data | None, str]:
        """The data, where it fits the model; else nothing, and why."""
        try:
            data = self.spec(architecture)
            if isinstance(data, DataSpec):
                nbytes(architecture, data)
            elif isinstance(data, CollectionSpec):
                load(architecture, data)
        except DataError as error:
            return None, str(error)
        return data, ""

    @property
    def fitting(self) -> Architecture | None:
        """A model that fits the data; nothing for a relation, which fits any model it can."""
        if self.source == "collection":
            return COLLECTIONS[self.collection]().architecture
        return self.own.proposed if self.source == "own" and self.own else None

    @property
    def data_title(self) -> str:
        """What the data is called."""
        if self.source == "relation":
            return RELATIONS[self.relation].title
        if self.source == "collection":
            return COLLECTIONS[self.collection].title
        return self.own.table.name if self.own else "own data"

    def run_name(self, editor: ModelEditor) -> str:
        """What a run is called at first: how the branches merge, and on which data."""
        merges = [kind_of(type(merge)).replace("_", " ") for merge in editor.valid.merges]
        joined = " then ".join(merges) or editor.valid.name.replace("_", " ")
        return f"{joined} · {self.data_title.lower()}"[:60]

    def request(self, editor: ModelEditor) -> RunRequest:
        """The run that Train would start. Raises `DataError` as `spec` does."""
        return RunRequest(
            architecture=editor.valid,
            data=self.spec(editor.valid),
            settings=Settings(**self.settings),
        )
