"""The reference pages made from the registries: `make generate` writes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import click
from pydantic import BaseModel

from components.__main__ import COMMAND_LINE
from components.base.limits import LIMITS
from components.base.paths import COMMAND, ROOT
from components.base.text import join_names
from components.experiments.inspection.measures import MEASURES
from components.models.analysis import reference
from components.models.encoders import ENCODERS
from components.models.inputs import INPUTS
from components.models.language.fields import settings
from components.models.merges import MERGES
from components.models.merges.base import Merge
from components.sharing.formats import FORMATS
from components.sharing.formats.base import PictureFormat
from components.sharing.record.forms import FORMS
from sample_data.relations import RELATIONS
from sample_data.relations.base import Relation

DOCS = ROOT / "docs"
WIDTH = 100
"""Characters in a line of a command's help."""

SECTION = "\n## "


def strategies() -> Iterator[str]:
    """Yield the strategies, each with its formula, shapes, facts and settings."""
    yield """# Strategies

A merge joins its sources by one of these strategies. The Strategies page draws each of them on
your own branches. `h_m` is source *m*, `d_m` its width. [Add a strategy](add_a_strategy.md)
shows how to write another.
"""
    for kind, merge in MERGES.items():
        facts = {
            "Family": merge.family,
            "Takes": f"{merge.contract}",
            "Good for": merge.good_for,
            "Weak at": merge.weak_at,
            "Cost": merge.cost,
            "Source": merge.source,
            "Traits": ", ".join(reference.traits(merge)),
        }
        yield section(f"{merge.title} (`{kind}`)", merge.plain, formula(merge.formula), facts)
        yield fields(merge, tuple(Merge.model_fields))


def encoders() -> Iterator[str]:
    """Yield the encoders, each with the inputs that it reads, facts and settings."""
    yield """# Encoders

An encoder turns one input into features. At depth 0 it has no layers, and the input passes
through.
"""
    for kind, encoder in ENCODERS.items():
        entry = next(entry for entry in reference.encoders() if entry.kind == kind)
        reads = [input.title.lower() for _, input in INPUTS.items() if input.form in encoder.takes]
        facts = {
            "Reads": join_names(reads),
            "Good for": encoder.good_for,
            "Weak at": encoder.weak_at,
            "Source": encoder.source,
        }
        yield section(f"{encoder.title} (`{kind}`)", entry.summary, "", facts)
        yield fields(encoder)


def relations() -> Iterator[str]:
    """Yield the relations, each with its formula and lesson."""
    yield """# Relations

A relation says how the label depends on hidden causes, which are drawn into the inputs. So the
best possible accuracy is known: [Ceilings](ceilings.md) explains how. `u_m` is the cause of
input *m*, `y` the label. All relations have these settings:
"""
    yield fields(Relation)
    for kind, relation in RELATIONS.items():
        facts = {"Teaches": relation.teaches, "Source": relation.source}
        title = f"{relation.title} (`{kind}`)"
        yield section(title, relation.plain, formula(relation.formula), facts)
        yield fields(relation, tuple(Relation.model_fields))


def formats() -> Iterator[str]:
    """Yield the download formats, each with its options."""
    yield """# Formats

The panel *Download* and the command `render` write these files. [A picture in a
paper](picture_in_a_paper.md) says which fits where.
"""
    for kind, form in FORMATS.items():
        draws = "a picture of the model" if issubclass(form, PictureFormat) else "a table"
        facts = {"Holds": draws, "Media type": f"`{form.mime}`"}
        yield section(f"{form.title} (`.{kind}`)", f"{form.about}.", "", facts)
        yield fields(form)
    titles = ", ".join(f"{form.title} (`.{kind}`)" for kind, form in FORMS.items())
    yield f"{SECTION}Design records\n\nA design record is written as {titles}.\n"


def measures() -> Iterator[str]:
    """Yield the measures of an inspection, with the limits of each."""
    yield """# Measures

The [Inspect page](inspect.md) measures how much each input contributes to a trained model. It
uses samples that training has not seen, and trains nothing. An input is *known* if the model gets
the sample's own values, and *unknown* if it gets those of another sample.

No measure answers every question, so each has a line on what it does not say. ± is the standard
error over the samples. A difference of less than two standard errors is not called one.
"""
    for _, measure in MEASURES.items():
        numbers = "one for each input" if measure.of_inputs else "one for the whole head"
        facts = {"Numbers": numbers, "It does not say": measure.limit}
        means = measure.means[0].upper() + measure.means[1:]
        yield section(measure.title, f"{means}.", "", facts)
    yield f"""{SECTION}Retrained without each input

None of these measures says what a model would reach that never had an input, because it may learn
from the others instead. To find out, Inspect trains the model again without each input, with
several seeds, and [tests](verdicts.md) the differences.
"""


def commands() -> Iterator[str]:
    """Yield the help of each command."""
    yield f"""# Commands

`{COMMAND}`, or `fusion-playground` where the package is installed, does what the pages do,
without a browser. A command of this page follows it. Bad input ends with code 2 and one line on
standard error.

The commands `runs`, `status` and `train --keep` work on the database of `FUSION_DATABASE_URL`,
also while a server uses it. Without that variable, it is the database of the app on this
machine.
"""
    for words, command in leaves(COMMAND_LINE, ()):
        context = click.Context(
            command,
            info_name=" ".join((COMMAND, *words)),
            max_content_width=WIDTH,
            terminal_width=WIDTH,
            help_option_names=["-h", "--help"],
            show_default=False,
        )
        lines = (line.rstrip() for line in command.get_help(context).splitlines())
        yield f"{SECTION}{' '.join(words)}\n\n```text\n" + "\n".join(lines) + "\n```\n"


def leaves(
    command: click.Command, words: Sequence[str]
) -> Iterator[tuple[Sequence[str], click.Command]]:
    """Yield the commands that are not groups, each with its words."""
    if not isinstance(command, click.Group):
        yield words, command
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, (*words, name))


def limits() -> Iterator[str]:
    """Yield the limits that the owner of a server can set."""
    yield """# Limits

The owner of a server sets these limits by environment variables, each to a whole number. Whoever
reaches a limit reads the name of its variable in the message. [Server settings](deployment.md)
has the other variables.

"""
    rows = (
        (
            f"`{limit.variable}`",
            limit.meaning,
            limit.unit,
            "depends on the machine" if limit.default is None else f"{limit.default:,}",
            f"{limit.least:,}",
        )
        for limit in LIMITS
    )
    yield table(("variable", "limit", "unit", "default", "least"), rows)


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "strategies": strategies,
    "encoders": encoders,
    "relations": relations,
    "formats": formats,
    "measures": measures,
    "commands": commands,
    "limits": limits,
}
"""Functions that yield a page's Markdown, by the name of the page."""


def text(page: str) -> str:
    """Return the Markdown of a page."""
    return "".join(PAGES[page]())


def write() -> None:
    """Write all pages."""
    for page in PAGES:
        (DOCS / f"{page}.md").write_text(text(page), encoding="utf-8")


def section(title: str, plain: str, shown: str, facts: Mapping[str, str]) -> str:
    """Return a heading, a sentence, a formula and the non-empty facts."""
    lines = "".join(f"- **{name}**: {fact}\n" for name, fact in facts.items() if fact)
    return f"{SECTION}{title}\n\n{plain}\n\n{shown}{lines}"


def formula(latex: str) -> str:
    """Return a formula as a block that code hosts and the site can draw."""
    return f"```math\n{inspect.cleandoc(latex).replace(chr(92) + 'allowbreak', '')}\n```\n\n"


def fields(concept: type[BaseModel], shared: tuple[str, ...] = ()) -> str:
    """Return a table of a concept's settings, except shared ones."""
    rows = [
        (f"`{setting.name}`", f"`{setting.default}`", setting.help)
        for setting in settings(concept, skip=shared)
    ]
    return "\n" + table(("setting", "default", "what it does"), rows) if rows else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(' '.join(c.split()) for c in line)} |\n" for line in lines)
