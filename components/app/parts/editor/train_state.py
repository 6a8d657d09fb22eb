"""The state of the Train page in a session: data, settings, and the run on display."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import streamlit as st
from pydantic import BaseModel

from components.app.parts.editor.model_editor import ModelEditor
from components.base.errors import DataError, FileError, PlaygroundError
from components.experiments.training.requests import RunRequest, Settings, settings_for
from components.models.architecture.architecture import Architecture
from components.models.drawing import charts
from components.models.language.registry import kind_of
from components.sharing.links.link import LinkContent
from sample_data import own
from sample_data.collections import COLLECTIONS
from sample_data.columns.column import Reading
from sample_data.loading import sources
from sample_data.loading.sources import CollectionSpec, Data, load
from sample_data.loading.synthetic import DataSpec, nbytes
from sample_data.own import ColumnMapping, DataTable, Groups, Prepared, RowSplit
from sample_data.relations import RELATIONS

Source = Literal["relation", "collection", "own"]
FORM = (
    "source",
    "relation",
    "settings_by_relation",
    "data",
    "collection",
    "settings",
    "drawn",
    "proposed",
)
"""Fields for data and settings, which the widgets set."""
RUNS = ("selected", "overlaid", "colors")
"""Fields for the runs chosen in the table of runs, and for the colours of those in the charts."""
SAMPLES, EPOCHS = 2000, Settings().epochs
"""Numbers of samples and epochs for a model that trains quickly."""


def of_session() -> TrainState:
    """Return the data and settings of this session."""
    state: TrainState = st.session_state.setdefault("train_state", TrainState())
    return state


def form_of_session() -> dict[str, Any] | None:
    """Return this session's data and settings for a draft; `None` if it has none of its own."""
    state: TrainState | None = st.session_state.get("train_state")
    return state.form() if state else None


@dataclass
class Own:
    """A data file in use, and the assignment of its columns to the present architecture."""

    file: DataTable
    """Columns as they were read."""
    keep: Callable[[Prepared, str], Path]
    """Function that stores the arrays as a file with a title."""
    mapping: ColumnMapping | None = None
    """Assignment chosen by the user; `None` for the proposed one."""
    split: RowSplit = field(default_factory=RowSplit)
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """Reading of a column, where the user chose one."""
    held: DataTable | None = None
    """File of held-out rows."""
    table: DataTable = field(init=False)
    """Columns as they are used, with the rows of both files."""
    proposed: Architecture = field(init=False)
    grouped: Groups = field(init=False)
    _prepared: tuple[tuple[Architecture, ColumnMapping, RowSplit], Prepared, Path] | None = None

    def __post_init__(self) -> None:
        """Read the columns as the user chose. Raises `DataError` if that is not possible."""
        joined = own.join_held(self.file, self.held) if self.held else self.file
        self.table = own.read_as(joined, self.readings)
        self.grouped = own.groups(self.table)
        self.proposed = own.propose(self.table, self.grouped)

    def mapped(self, architecture: Architecture) -> ColumnMapping:
        """Return the columns of each input and head. Raises `DataError` if they don't fit."""
        inputs = {branch.name for branch in architecture.data_inputs}
        heads = {head.name for head in architecture.heads}
        chosen = self.mapping
        if chosen and chosen.inputs.keys() == inputs and chosen.heads.keys() == heads:
            return chosen
        return own.propose_mapping(self.table, architecture, self.grouped)

    def prepared(self, architecture: Architecture) -> tuple[Prepared, Path]:
        """Return the arrays for the architecture, and the file that holds them."""
        asked = (architecture, self.mapped(architecture), self.split)
        before = self._prepared
        if before is None or before[0] != asked or not before[2].exists():
            arrays = own.prepare(self.table, *asked)
            before = self._prepared = (asked, arrays, self.keep(arrays, self.table.name))
        return before[1], before[2]


class FileChoices(BaseModel):
    """Choices of the user for a data file. A reload drops the file and keeps the choices."""

    name: str = ""
    kinds: dict[str, Reading] = {}
    """Reading of a column by its name, where the user chose one."""
    mapping: ColumnMapping | None = None
    split: RowSplit = RowSplit()

    def columns(self) -> set[str]:
        """Return the columns that the choices refer to."""
        parts = {**self.mapping.inputs, **self.mapping.heads} if self.mapping else {}
        split = {self.split.column} - {""}
        return {
            *self.kinds,
            *split,
            *(column for part in parts.values() for column in part.columns),
        }


@dataclass
class TrainState:
    """Data and settings in the widgets. Each relation keeps its own settings."""

    source: Source = "relation"
    relation: str = field(default_factory=lambda: next(iter(RELATIONS)))
    settings_by_relation: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, Any] = field(
        default_factory=lambda: {"samples": SAMPLES, "difficulty": 0.2, "seed": 0}
    )
    collection: str = field(default_factory=lambda: next(iter(COLLECTIONS)))
    drawn: dict[str, Any] = field(default_factory=lambda: {"samples": None, "seed": 0})
    """Number of samples of a real dataset (`None` for all), and the seed that draws them."""
    own: Own | None = None
    file: FileChoices = field(default_factory=FileChoices)
    """Choices for the last file, used again if the same file returns."""
    refused: str | None = None
    """Reason why the last chosen file could not be read."""
    sheets: tuple[str, ...] = ()
    """Sheets of the last chosen file, if it is an Excel file."""
    sheet: str = ""
    """Sheet that was read last."""
    held_refused: str | None = None
    """Reason why the last chosen file of held-out rows could not be used."""
    settings: dict[str, Any] = field(default_factory=lambda: Settings().model_dump())
    proposed: dict[str, int] = field(default_factory=lambda: {"samples": SAMPLES, "epochs": EPOCHS})
    """Numbers that the page last proposed and may change; other numbers were set by the user."""
    run: str | None = None
    selected: tuple[str, ...] = ()
    """Runs selected in the table."""
    overlaid: tuple[str, ...] = ()
    """Runs whose curves are drawn over those of the run on display."""
    colors: dict[str, int] = field(default_factory=dict)
    """Number of the line colour by run."""
    trails: dict[str, list[tuple[float, Mapping[str, float]]]] = field(default_factory=dict)
    """Progress in the first epoch, by run: epochs done, and the training logs so far."""
    error: str | None = None
    causes: bool = False
    """`True` if hidden causes are shown below the samples."""

    def reset(self) -> None:
        """Set data and settings to their defaults; runs and files stay."""
        fresh = TrainState()
        for name in FORM:
            setattr(self, name, getattr(fresh, name))

    def propose(self, samples: int = SAMPLES, epochs: int = EPOCHS) -> None:
        """Set the numbers of samples and epochs, unless the user has set them."""
        for values, name, number in (
            (self.data, "samples", samples),
            (self.settings, "epochs", epochs),
        ):
            if self.proposed.get(name) == values[name]:
                values[name] = self.proposed[name] = number
            else:
                self.proposed.pop(name, None)

    def give_colors(self, shown: Sequence[str]) -> None:
        """Give each run on display a line colour, which it keeps."""
        for run in shown:
            if run not in self.colors:
                others = [self.colors[other] for other in shown if other in self.colors]
                ever = list(self.colors.values())
                self.colors[run] = min(
                    range(len(charts.COLORS)), key=lambda n: (others.count(n), ever.count(n), n)
                )

    def use_settings(self, settings: Settings) -> None:
        """Set the widgets to these settings."""
        self.settings = settings.model_dump()
        self.proposed.pop("epochs", None)

    def use_content(self, content: LinkContent) -> None:
        """Set the widgets to the data and settings of a link, if it has them."""
        if content.data is not None:
            self.use(content.data)
        if content.settings is not None:
            self.use_settings(content.settings)

    def use(self, data: Data) -> None:
        """Set the widgets to this data. A file has to be chosen again by the user."""
        self.proposed.pop("samples", None)
        if isinstance(data, DataSpec):
            self.source, self.relation = "relation", kind_of(type(data.relation))
            self.settings_by_relation[self.relation] = data.relation.model_dump(exclude={"kind"})
            self.data = data.model_dump(exclude={"relation"})
        elif isinstance(data, CollectionSpec):
            self.source, self.collection = "collection", data.collection
            self.drawn = data.model_dump(exclude={"collection"})
        else:
            self.source = "own"

    def take(self, table: DataTable, keep: Callable[[Prepared, str], Path]) -> None:
        """Use a data file. A file that is chosen again keeps its choices."""
        before = self.file_choices()
        if before.name != table.name or not before.columns() <= set(table.names):
            before = FileChoices()
        split = before.split if before.split.by != "file" else RowSplit()
        if table.held is not None:
            split = RowSplit(by="file")
        self.own = Own(table, keep, before.mapping, split, before.kinds)

    def file_choices(self) -> FileChoices:
        """Return the choices for the file in use, or for the file before a reload."""
        if self.own is None:
            return self.file
        kinds = dict(self.own.readings)
        return FileChoices(
            name=self.own.table.name, kinds=kinds, mapping=self.own.mapping, split=self.own.split
        )

    def form(self) -> dict[str, Any]:
        """Return a copy of data, settings and chosen runs for `restore`, without a data file.

        Of the colours, it has those of the runs in the charts.
        """
        values = copy.deepcopy({name: getattr(self, name) for name in (*FORM, *RUNS)})
        drawn = {run: n for run, n in self.colors.items() if run in (self.run, *self.overlaid)}
        return {**values, "colors": drawn, "file": self.file_choices().model_dump(mode="json")}

    def restore(self, form: dict[str, Any]) -> bool:
        """Set the values from `form`. Return `False` if this version can't read them."""
        try:
            self._restore(form)
        except (PlaygroundError, ValueError, LookupError, TypeError):
            return False
        return True

    def _restore(self, form: dict[str, Any]) -> None:
        settings_of = form["settings_by_relation"].items()
        relations = {kind: RELATIONS[kind](**fields) for kind, fields in settings_of}
        chosen = form["relation"]
        data = DataSpec(relation=relations.get(chosen) or RELATIONS[chosen](), **form["data"])
        drawn = CollectionSpec(collection=form["collection"], **form["drawn"])
        if form["source"] not in get_args(Source):
            raise ValueError(form["source"])
        settings = Settings(**form["settings"])
        proposed = {name: int(n) for name, n in form["proposed"].items()}
        file = FileChoices.model_validate(form["file"])
        colors = {str(run): int(n) for run, n in dict(form.get("colors", {})).items()}
        self.source, self.relation = form["source"], chosen
        self.settings_by_relation |= {
            k: r.model_dump(exclude={"kind"}) for k, r in relations.items()
        }
        self.data = data.model_dump(include=set(self.data))
        self.collection, self.drawn = drawn.collection, form["drawn"]
        self.settings, self.proposed, self.file = settings.model_dump(), proposed, file
        self.selected, self.overlaid = (tuple(map(str, form[name])) for name in RUNS[:2])
        self.colors = colors

    def relation_settings(self, kind: str) -> dict[str, Any]:
        """Return the settings of a relation."""
        if kind not in self.settings_by_relation:
            self.settings_by_relation[kind] = RELATIONS[kind]().model_dump(exclude={"kind"})
        return self.settings_by_relation[kind]

    def chosen_data(self, architecture: Architecture) -> Data:
        """Return the data that the widgets describe. Raises `DataError` if it can't be used."""
        if self.source == "relation":
            relation = RELATIONS[self.relation](**self.relation_settings(self.relation))
            return DataSpec(relation=relation, **self.data)
        if self.source == "collection":
            return sources.collection(self.collection, **self.drawn)
        if self.own is None:
            if self.file.name:
                rule = f"`{self.file.name}` has to be chosen again."
            else:
                rule = "No data file is chosen yet."
            raise DataError(rule, "", "Upload it in the sidebar.")
        return str(self.own.prepared(architecture)[1])

    def fitting_data(self, architecture: Architecture) -> tuple[Data | None, str]:
        """Return the data and an empty text; `None` and the reason if it does not fit the model."""
        try:
            data = self.chosen_data(architecture)
            if isinstance(data, DataSpec):
                nbytes(architecture, data)
            elif isinstance(data, CollectionSpec):
                load(architecture, data)
        except (DataError, FileError) as error:
            return None, str(error)
        return data, ""

    def problem(self, architecture: Architecture) -> str:
        """Return the reason why the data can't train the model.

        It is empty for relations, which adapt to the model.
        """
        return "" if self.source == "relation" else self.fitting_data(architecture)[1]

    @property
    def fitting(self) -> Architecture | None:
        """A model that fits the data; `None` for relations, which adapt to the model."""
        if self.source == "collection":
            return COLLECTIONS[self.collection]().architecture
        return self.own.proposed if self.source == "own" and self.own else None

    @property
    def samples(self) -> int | None:
        """Number of samples; `None` if it is unknown until they are loaded."""
        if self.source == "own":
            return self.own.table.rows if self.own else None
        count: int | None = (self.data if self.source == "relation" else self.drawn)["samples"]
        return count

    @property
    def data_title(self) -> str:
        if self.source == "relation":
            return RELATIONS[self.relation].title
        if self.source == "collection":
            return COLLECTIONS[self.collection].title
        return self.own.table.name if self.own else "own data"

    def run_name(self, editor: ModelEditor) -> str:
        """Return the default name of a run: its merges and its data, but not the name of a data
        file.

        Other people can see the name of a shared run.
        """
        merges = [kind_of(type(merge)).replace("_", " ") for merge in editor.valid.merges]
        joined = " then ".join(merges) or editor.valid.name.replace("_", " ")
        data = "own data" if self.source == "own" else self.data_title.lower()
        return " · ".join(dict.fromkeys((joined, data)))[:60]

    def request(self, editor: ModelEditor) -> RunRequest:
        """Return the run that the Train button starts. Raises `DataError` as `chosen_data` does."""
        data = self.chosen_data(editor.valid)
        settings = settings_for(Settings(**self.settings), data)
        return RunRequest(architecture=editor.valid, data=data, settings=settings)
