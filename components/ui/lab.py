"""The state of one session's Train page: which data, which settings, which run is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from components.registry import kind_of
from components.training.config import RunRequest, Settings
from components.ui.workbench import Workbench
from sample_data.dataset import DataSpec
from sample_data.relations import RELATIONS


@dataclass
class Lab:
    """Data and settings as the widgets show them. Dials are kept for each relation."""

    relation: str = field(default_factory=lambda: next(iter(RELATIONS)))
    dials: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=lambda: {"samples": 2000, "seed": 0})
    settings: dict[str, Any] = field(default_factory=lambda: Settings().model_dump())
    run: str | None = None
    overlaid: tuple[str, ...] = ()
    error: str | None = None

    def dial_values(self) -> dict[str, Any]:
        """The dials of the relation chosen now."""
        kind = self.relation
        if kind not in self.dials:
            self.dials[kind] = RELATIONS[kind]().model_dump(exclude={"kind"})
        return self.dials[kind]

    def spec(self) -> DataSpec:
        """The data the widgets describe."""
        return DataSpec(relation=RELATIONS[self.relation](**self.dial_values()), **self.data)

    def run_name(self, bench: Workbench) -> str:
        """What a run is called at first: how the branches merge, and on which data."""
        merges = [kind_of(type(merge)).replace("_", " ") for merge in bench.valid.merges]
        joined = " then ".join(merges) or bench.valid.name.replace("_", " ")
        return f"{joined} · {RELATIONS[self.relation].title.lower()}"[:60]

    def request(self, bench: Workbench) -> RunRequest:
        """The run that Train would start."""
        return RunRequest(
            architecture=bench.valid, data=self.spec(), settings=Settings(**self.settings)
        )
