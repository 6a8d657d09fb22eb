"""Architecture whose branches are trained apart and predict by the mean of their logits."""

from __future__ import annotations

from functools import lru_cache

from components.base import text
from components.base.errors import SpecError
from components.base.workers.needs_keras import needs_keras
from components.models.analysis.input_removal import without_input
from components.models.analysis.model_view import built_view
from components.models.analysis.trials import KEPT
from components.models.architecture.architecture import (
    MOST_MERGES,
    TRUNK,
    Architecture,
    Trunk,
    parse,
)
from components.models.encoders.dense import Dense
from components.models.encoders.passthrough import Passthrough
from components.models.heads.base import Head
from components.models.inputs.base import Input
from components.models.merges.average import Average
from components.models.merges.base import Merge


def only_input(architecture: Architecture, name: str) -> Architecture:
    """Return the architecture with the data of one input alone. Raises `SpecError`."""
    others = [one.name for one in architecture.data_inputs if one.name != name]
    if len(others) == len(architecture.data_inputs):
        raise SpecError("The model has no input of this name.", name, "Choose one of its inputs.")
    return without_input(architecture, *others)


@lru_cache(maxsize=KEPT)
@needs_keras
def branches_apart(architecture: Architecture) -> Architecture:
    """Return one model in which each input has heads of its own, with their own losses.

    Each head of the architecture outputs the mean of the logits of those that learn its labels. Its
    own loss has weight 0, so no gradient passes through that mean. Raises `SpecError` if an input
    can't stand alone, and for a model that is too large.
    """
    apart = _Apart(architecture)
    for branch in architecture.data_inputs:
        apart.add(branch.name)
    model = apart.model()
    built_view(model)
    return model


class _Apart:
    """Parts of the model, to which the inputs are added one after another."""

    def __init__(self, architecture: Architecture) -> None:
        self._architecture, self._taken = architecture, set(architecture.names)
        self._inputs: list[Input] = []
        self._merges: list[Merge] = []
        self._heads: list[Head] = []
        self._logits: dict[str, list[str]] = {head.name: [] for head in architecture.heads}

    def add(self, name: str) -> None:
        """Add an input, its layers, and a head for each head that can read it alone."""
        alone = only_input(self._architecture, name)
        self._inputs += alone.inputs
        ends = {branch.name: branch.name for branch in alone.inputs}
        for _, merge in alone.ordered_merges():
            sources = tuple(ends[source] for source in merge.sources)
            if len({*sources}) == 1 and merge.then == Passthrough():
                ends[merge.name] = sources[0]
                continue
            own = self._free(f"{merge.name}_{name}")
            self._merges.append(merge.model_copy(update={"name": own, "sources": sources}))
            ends[merge.name] = own
        if alone.trunk.depth and alone.trunk_source:
            layers = alone.trunk.model_dump()
            ends[TRUNK] = self._after(f"trunk_{name}", ends[alone.trunk_source], Dense(**layers))
        for head in alone.heads:
            logits = ends[alone.reads(head.source)]
            if head.dense:
                linear = Dense(depth=1, units=head.width, activation="linear")
                logits = self._after(f"{head.name}_logits_{name}", logits, linear)
            self._logits[head.name].append(logits)
            own = self._free(f"{head.name}_{name}")
            learns = {"name": own, "source": logits, "dense": False}
            learns["labels"] = head.learns
            self._heads.append(head.model_copy(update=learns))

    def model(self) -> Architecture:
        """Return the model of all parts, the heads of the architecture first."""
        heads = [self._averaged(head) for head in self._architecture.heads]
        if len(self._merges) > MOST_MERGES:
            raise SpecError(
                "Branches that are trained apart need more merges than a model can have.",
                f"{len(self._merges)}, at most {MOST_MERGES}",
                "Leave out inputs, heads or merges.",
            )
        order = [branch.name for branch in self._architecture.inputs]
        architecture = Architecture.model_construct(
            name=self._architecture.name,
            inputs=tuple(sorted(self._inputs, key=lambda branch: order.index(branch.name))),
            merges=tuple(self._merges),
            trunk=Trunk(),
            heads=(*heads, *self._heads),
        )
        return parse(architecture.data())

    def _averaged(self, head: Head) -> Head:
        logits = self._logits[head.name]
        if not logits:
            raise SpecError(
                "A head can only average what inputs predict alone.",
                f"{head.name}, which no input reaches alone",
                "Let the head read a merge that is no comparison.",
            )
        if len(logits) > 1:
            name = self._free(f"{head.name}_mean")
            self._merges.append(Average(name=name, sources=tuple(logits)))
            logits = [name]
        return head.model_copy(update={"source": logits[0], "dense": False, "loss_weight": 0.0})

    def _after(self, name: str, source: str, layers: Dense) -> str:
        """Add dense layers after a part; return their name."""
        own = self._free(name)
        self._merges.append(Average(name=own, sources=(source, source), then=layers))
        return own

    def _free(self, wanted: str) -> str:
        name = text.free_name(wanted[:32], self._taken, longest=36)
        self._taken.add(name)
        return name
