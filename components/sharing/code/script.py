"""Keras script of an architecture, as a careful person would write it, with its training."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from components.base.errors import SpecError
from components.base.text import join_names, quoted
from components.base.workers.needs_keras import needs_keras
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture
from components.models.language.graph import Graph
from components.sharing.code import training_code
from components.sharing.code.model_code import (
    ScriptSection,
    Statement,
    comment,
    model_sections,
    names,
)
from components.sharing.code.python_text import WIDTH, variables
from sample_data.loading.sources import Data

_TAKEN = {"keras", "np", "layers", "ops", "math", *training_code.NAMES}


@dataclass(frozen=True)
class Script:
    """Script in sections, the imports first."""

    about: str
    sections: tuple[ScriptSection, ...]

    @property
    def text(self) -> str:
        """Whole script, formatted as by `ruff format`."""
        return self._written[0]

    @property
    def lines(self) -> Mapping[str, range]:
        """Lines of each node, counted from 1."""
        return self._written[1]

    @cached_property
    def _written(self) -> tuple[str, dict[str, range]]:
        lines, node_lines, after = docstring(self.about), {}, False
        for number, section in enumerate(self.sections):
            apart = 2 if after or section.statements[0].defines else 1
            lines += [""] * apart + (comment(section.title) if number else [])
            for blank, statement in spaced(section):
                lines += [""] * blank + list(statement.lines)
                if statement.node:
                    first = len(lines) - statement.code + 1
                    node_lines[statement.node] = range(first, len(lines) + 1)
            after = section.statements[-1].defines
        return "\n".join(lines) + "\n", node_lines


def spaced(section: ScriptSection) -> Iterator[tuple[int, Statement]]:
    """Yield statements with the number of empty lines before them, 0 for the first."""
    apart = 0
    for number, statement in enumerate(section.statements):
        yield max(apart, 2 if number and statement.defines else 0), statement
        apart = 2 if statement.defines else 0


@needs_keras
def script(
    architecture: Architecture,
    settings: Settings | None = None,
    data: Data | None = None,
    graph: Graph | None = None,
    whole: Architecture | None = None,
) -> Script:
    """Return the script of an architecture: its model, and its training if there is data.

    `whole` is the architecture that the data belongs to, if some of its inputs were left out.
    `graph` saves building the model.

    With the data that it names, the script ends with the same loss as the playground's run: seed,
    held-out samples and their order are the same. Raises the errors of `build`, and `SpecError` for
    the graph of a sketch.
    """
    settings = settings or Settings()
    graph = graph or built_graph(architecture)
    _check_shapes(graph)
    named = variables(names(graph), _TAKEN)
    operations = any(node.operation for node in graph.nodes)
    head = (
        ScriptSection("Imports", (Statement(training_code.imports(operations, data)),)),
        ScriptSection("Settings", (Statement(training_code.constants(settings, data)),)),
    )
    model = (
        *model_sections(architecture, graph, named),
        training_code.compiled(architecture, settings),
    )
    rest: Iterable[ScriptSection] = ()
    if data is not None:
        rest = training_code.trained(architecture, settings, data, whole or architecture)
    return Script(_about(architecture), (*head, *model, *rest))


def script_of(request: RunRequest) -> Script:
    """Return the script of a run."""
    return script(request.architecture, request.settings, request.data, whole=request.whole)


@needs_keras
def built_graph(architecture: Architecture) -> Graph:
    """Build the architecture with Keras and return its graph."""
    from components.models.architecture.builder import build

    return build(architecture).graph


def _check_shapes(graph: Graph) -> None:
    broken = [node.group for node in graph.nodes if node.state != "built"]
    if broken:
        raise SpecError(
            "Fix the shape errors before exporting code.",
            ", ".join(dict.fromkeys(broken)),
            f"Fix {quoted([*dict.fromkeys(broken)][:1])} first.",
        )


def _about(architecture: Architecture) -> str:
    """Describe the model in a sentence."""
    inputs = join_names([input_.name for input_ in architecture.data_inputs])
    kinds = dict.fromkeys(merge.title.lower() for merge in architecture.merges)
    joined = f", joined by {', then '.join(kinds)}" if kinds else ""
    heads = ", ".join(head.name for head in architecture.heads)
    return f"{architecture.name}: {heads} from {inputs}{joined}."


def docstring(text: str) -> list[str]:
    """Return a text as the lines of a docstring."""
    lines = textwrap.wrap(f'"""{text}', WIDTH - 3, break_long_words=False, break_on_hyphens=False)
    return [*lines, '"""'] if len(lines) > 1 else [f'{lines[0]}"""']
