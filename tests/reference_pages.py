"""The reference pages made from the registries: `make generate` writes them."""

from __future__ import annotations

import inspect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import groupby
from types import FunctionType, SimpleNamespace
from typing import Any, Literal, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

import fusion_playground as fp
from components.__main__ import COMMAND_LINE
from components.base.limits import LIMITS
from components.base.paths import COMMAND, ROOT
from components.base.text import join_names
from components.experiments.inspection.measures import MEASURES
from components.models.analysis import reference
from components.models.analysis.families import FAMILIES, by_family
from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder
from components.models.inputs import INPUTS
from components.models.language.fields import Setting, settings
from components.models.merges import MERGES
from components.models.merges.base import Merge
from components.sharing.formats import FORMATS
from components.sharing.formats.base import PictureFormat
from components.sharing.record.forms import FORMS
from components.teaching.lessons import library
from components.teaching.rooms.plan import shipped_plans
from sample_data.relations import RELATIONS
from sample_data.relations.base import Relation

DOCS = ROOT / "docs"
WIDTH = 100
"""Characters in a line of a command's help."""

SECTION = "\n## "
OFTEN = 3
"""Number of entries from which on a page has their common text once, at its beginning."""
PUBLIC = (property, cached_property, FunctionType)
"""Kinds of members that a result is used by."""


def strategies() -> Iterator[str]:
    """Yield the strategies by family, each with its formula, shapes, facts and settings."""
    yield """# Strategies

A merge joins its sources by one of these strategies. The Strategies page draws each of them on
your own branches, with its exact weights and FLOPs. `h_m` is source *m*, `d_m` its width. [Which
strategy for my data?](which_strategy.md) helps to choose one, and [Add a
strategy](add_a_strategy.md) shows how to write another.
"""
    about = shared_help((merge for _, merge in MERGES.items()), tuple(Merge.model_fields))
    yield shared_settings(about)
    yield f"{SECTION}Properties\n\n"
    for trait, words in reference.TRAITS.items():
        if trait not in FAMILIES:
            having = [f"`{kind}`" for kind, merge in MERGES.items() if trait in merge.traits]
            yield f"- {words}: {', '.join(having)}\n"
    for family, members in by_family(MERGES).items():
        yield f"{SECTION}{FAMILIES[family].title}\n\n{FAMILIES[family].sentence}\n"
        for kind in members:
            merge = MERGES[kind]
            plain = f"{merge.plain} It takes {merge.contract}."
            yield entry(merge, kind, plain, formula(merge.formula))
            yield fields(merge, tuple(Merge.model_fields), about)


def encoders() -> Iterator[str]:
    """Yield the encoders by the inputs that they read, each with facts and settings."""
    yield """# Encoders

An encoder turns one input into features. The headings name the inputs that it reads. At depth 0 it
has no layers, and the input passes through.
"""
    about = shared_help(encoder for _, encoder in ENCODERS.items())
    yield shared_settings(about)
    groups: dict[str, list[str]] = defaultdict(list)
    for kind, encoder in ENCODERS.items():
        reads = [input.title.lower() for _, input in INPUTS.items() if input.form in encoder.takes]
        every = len(reads) == len([*INPUTS.items()])
        groups["All inputs" if every else join_names(reads).capitalize()].append(kind)
    summaries = {one.kind: one.summary for one in reference.encoders()}
    for heading, members in groups.items():
        own = shared_help((ENCODERS[kind] for kind in members), often=2)
        own = {name: help for name, help in own.items() if help != about.get(name)}
        rows = "".join(f"- `{name}`: {help}\n" for name, help in own.items())
        yield f"{SECTION}{heading}\n"
        yield f"\nShared settings of these encoders:\n\n{rows}" if rows else ""
        for kind in members:
            yield entry(ENCODERS[kind], kind, summaries[kind])
            yield fields(ENCODERS[kind], (), {**about, **own})


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

± is the standard error over the samples. A difference of less than two standard errors is not
called one. What a model would reach that never had an input is [another
question](inspect.md#retrained-without-each-input).

"""
    by_input = join_names([one.title for _, one in MEASURES.items() if one.of_inputs])
    yield f"{by_input} have a number for each input, the others one for the whole head.\n"
    for _, measure in MEASURES.items():
        means = measure.means[0].upper() + measure.means[1:]
        yield section(measure.title, f"{means}.", "", {"It does not say": measure.limit})


def commands() -> Iterator[str]:
    """Yield the help of each command; what several commands have in common comes first."""
    yield f"""# Commands

`{COMMAND}`, or `fusion-playground` where the package is installed, does what the pages do,
without a browser: write one of these commands after it. `--help` after a command prints all of its
help. Bad input ends with code 2 and one line on standard error.

`runs`, `status` and `train --keep` work on the database of `FUSION_DATABASE_URL`, or of the app on
this machine, also while a server uses it.
"""
    found = list(leaves(COMMAND_LINE, ()))
    known: dict[tuple[str, ...], list[click.Parameter]] = defaultdict(list)
    for parameter in (parameter for _, command in found for parameter in command.params):
        known[described(parameter)].append(parameter)
    common = {text: ones for text, ones in known.items() if text[0] and len(ones) >= OFTEN}
    options = [ones[0] for ones in common.values() if not isinstance(ones[0], click.Argument)]
    yield f"{SECTION}Arguments and options of several commands\n\n"
    for ones in common.values():
        if isinstance(ones[0], click.Argument):
            names = sorted({f"`{one.human_readable_name}`" for one in ones})
            yield f"{join_names(names)}: {described(ones[0])[0]}\n\n"
    above = [option.opts[-1] for option in options]
    yield block(command_help(("COMMAND",), click.Command("COMMAND", params=options)))
    for words, command in found:
        own, others = copy(command), list[int]()
        own.params = []
        for parameter in command.params:
            if described(parameter) not in common:
                own.params.append(parameter)
            elif isinstance(parameter, click.Option):
                others.append(above.index(parameter.opts[-1]))
            else:
                bare = copy(parameter)
                bare.help = None
                own.params.append(bare)
        yield f"{SECTION}{' '.join(words)}\n\n{block(command_help(words, own))}"
        if others:
            yield f"\nAlso, as above: {', '.join(spans(above, others))}.\n"


def spans(names: Sequence[str], chosen: Iterable[int]) -> Iterator[str]:
    """Yield the chosen names; of three or more in a row only the first and the last."""
    for _, group in groupby(enumerate(sorted(chosen)), lambda pair: pair[1] - pair[0]):
        row = [f"`{names[number]}`" for _, number in group]
        yield from row if len(row) < OFTEN else [f"{row[0]} to {row[-1]}"]


def described(parameter: click.Parameter) -> tuple[str, ...]:
    """Return the help of a command's parameter; for an option, also its words and choices."""
    about = str(getattr(parameter, "help", "") or "")
    if isinstance(parameter, click.Argument):
        return (about,)
    return about, *parameter.opts, *getattr(parameter.type, "choices", ())


def command_help(words: Sequence[str], command: click.Command) -> str:
    """Return the help of a command, without the option for help and without the program."""
    context = click.Context(
        command,
        info_name=" ".join(words),
        max_content_width=WIDTH,
        terminal_width=WIDTH,
        help_option_names=[],
        show_default=False,
    )
    lines = command.get_help(context).removeprefix("Usage: ").splitlines()
    return "\n".join(line.rstrip() for line in lines)


def block(text: str, language: str = "text") -> str:
    """Return a text as a block of code."""
    return f"```{language}\n{text}\n```\n"


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


def python_api() -> Iterator[str]:
    """Yield the functions of the package, each with its options and what its result has."""
    yield """# Python API

```python
import fusion_playground as fp
```

These functions take Keras 3 models and arrays of your own process, with the backend that it has.
[Your own Keras model](own_keras_model.md) is a tutorial with them. `fp.open` and `fp.pays` need the
packages of the app, `fusion-playground[app]`. A mistake raises an error whose text says what to do.
"""
    for name in fp.__all__:
        if isinstance(function := getattr(fp, name), type):
            continue
        names = {"keras": SimpleNamespace(Model=object)}
        signature = inspect.signature(function, eval_str=True, locals=names)
        parameters = list(signature.parameters.values())
        yield f"{SECTION}fp.{name}\n\n{block(call(name, parameters), 'python')}\n{prose(function)}"
        allowed = [(one.name, choices(one.annotation)) for one in parameters]
        if lines := [f"- `{one}`: {', '.join(words)}\n" for one, words in allowed if words]:
            yield "".join(("\nThe allowed values:\n\n", *lines))
        result = signature.return_annotation
        if lines := list(members(result)):
            yield "".join((f"\nThe result, `{result.__name__}`, has:\n\n", *lines))


def call(name: str, parameters: Sequence[inspect.Parameter]) -> str:
    """Return a function with its parameters and their defaults, as code."""
    words = [str(one.replace(annotation=one.empty)) for one in parameters]
    keyword = [one.kind is one.KEYWORD_ONLY for one in parameters]
    if True in keyword:
        words.insert(keyword.index(True), "*")
    line = f"fp.{name}({', '.join(words)})"
    return line if len(line) <= WIDTH else f"fp.{name}(\n    " + ",\n    ".join(words) + ",\n)"


def prose(function: Callable[..., object]) -> str:
    """Return a docstring as Markdown, with its examples as blocks of code."""
    text = inspect.cleandoc(str(function.__doc__))
    paragraphs = text.replace(">>> import fusion_playground as fp\n", "").split("\n\n")
    return "\n".join(
        block(one, "pycon") if one.startswith(">>>") else f"{one}\n" for one in paragraphs
    )


def choices(annotation: Any) -> list[str]:
    """Return the values of a parameter that allows only some words, or an empty list."""
    parts = [annotation] if get_origin(annotation) is Literal else get_args(annotation)
    known = [one for one in parts if one is not type(None)]
    if not all(get_origin(one) is Literal for one in known):
        return []
    return [f"`{word}`" for one in known for word in get_args(one)]


def members(result: type) -> Iterator[str]:
    """Yield a line for each public property and method of a result."""
    for name, member in vars(result).items():
        if name.startswith("_") or not isinstance(member, PUBLIC):
            continue
        if isinstance(member, FunctionType):
            name += f"({', '.join([*inspect.signature(member).parameters][1:])})"
        about = inspect.cleandoc(str(member.__doc__)).partition(">>>")[0]
        yield f"- `.{name}`: {' '.join(about.split())}\n"


def lesson_list() -> Iterator[str]:
    """Yield the lessons and the plans that ship with the project."""
    yield """# The lessons

These lessons ship with the project. Open one on the page [Learn](pages.md#learn), or by an
address with its name. You can also [make a lesson of your own](teaching.md#make-a-lesson).

"""
    lessons = ((name, library.load(name)) for name in library.names())
    yield table(
        ("lesson", "minutes", "its question", "name"),
        ((one.title, str(one.minutes), one.question, f"`{name}`") for name, one in lessons),
    )
    yield f"""{SECTION}Plans for a class

A plan puts lessons, questions and races into an order with minutes, for a [class
room](teaching.md). [A workshop](workshop.md) shows how to use one.

"""
    yield table(
        ("plan", "minutes", "what it is about"),
        ((plan.title, str(plan.minutes), plan.about) for plan in shipped_plans().values()),
    )


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "strategies": strategies,
    "encoders": encoders,
    "relations": relations,
    "formats": formats,
    "measures": measures,
    "commands": commands,
    "limits": limits,
    "python_api": python_api,
    "lesson_list": lesson_list,
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


def entry(concept: type[Merge | Encoder], kind: str, plain: str, shown: str = "") -> str:
    """Return a heading, sentences and the facts of a strategy or an encoder."""
    facts = ("Good for", concept.good_for), ("Weak at", concept.weak_at)
    lines = "".join(f"- **{name}** {fact}\n" for name, fact in facts if fact)
    return (
        f"\n### {concept.title} (`{kind}`)\n\n{plain}\n\n{shown}{lines}- Source: {concept.source}\n"
    )


def formula(latex: str) -> str:
    """Return a formula as a block that code hosts and the site can draw."""
    return f"```math\n{inspect.cleandoc(latex).replace(chr(92) + 'allowbreak', '')}\n```\n\n"


def shared_help(
    concepts: Iterable[type[BaseModel]], skip: tuple[str, ...] = (), often: int = OFTEN
) -> Mapping[str, str]:
    """Return the help of settings that several concepts share, by name: the most frequent one."""
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    for concept in concepts:
        for setting in settings(concept, skip=skip):
            texts[setting.name][setting.help] += 1
    found = {name: counts.most_common(1)[0] for name, counts in texts.items()}
    return {name: help for name, (help, count) in found.items() if count >= often}


def shared_settings(about: Mapping[str, str]) -> str:
    """Return a section with the settings that several concepts share."""
    rows = ((f"`{name}`", help) for name, help in about.items())
    head = f"{SECTION}Shared settings\n\n"
    return head + table(("setting", "what it does"), rows)


def fields(
    concept: type[BaseModel], skip: tuple[str, ...] = (), about: Mapping[str, str] | None = None
) -> str:
    """Return a concept's settings as a list, each with its default; shared ones in one line."""
    found = settings(concept, skip=skip)
    shared = [one for one in found if (about or {}).get(one.name) == one.help]
    names = ", ".join(f"`{one.name}={one.default}`" for one in shared)
    rows = (f"- {default(one)}: {one.help}\n" for one in found if one not in shared)
    return "".join(((f"- As above: {names}\n" if names else ""), *rows))


def default(setting: Setting) -> str:
    """Return a setting with its default, if it has one, as code."""
    value = "" if setting.default in (None, PydanticUndefined) else f"={setting.default}"
    return f"`{setting.name}{value}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(' '.join(c.split()) for c in line)} |\n" for line in lines)
