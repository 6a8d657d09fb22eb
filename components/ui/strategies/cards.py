"""What is said of a strategy or an encoder on the Strategies page, as text, HTML and SVG."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Literal

from components.analysis import reference, trials
from components.analysis.reference import ReferenceEntry
from components.analysis.trials import EncoderTrial, MergeTrial, TrialResult
from components.core.fields import Setting, settings
from components.core.graph import Graph
from components.core.text import join_names, short_number
from components.encoders import ENCODERS
from components.encoders.base import Encoder
from components.inputs import INPUTS
from components.merges import MERGES
from components.merges.base import Merge
from components.model.spec import Architecture
from components.render import diagram, formatting
from components.render.options import DiagramOptions
from components.render.palette import ThemeName

Family = Literal["strategy", "encoder"]

WIDE, HIGH, LARGEST = 264, 250, 0.95
"""Pixels that a miniature is fitted into, and of a point of it at most."""
STATES = {"yes": "fit as they are", "fitted": "fit once adapted", "no": "do not fit"}
"""What is said of the branches, by the tone it is said in."""
FACTS = ("wins", "loses", "cost", "source")


@dataclass(frozen=True)
class Picture:
    """An SVG with the size it is shown at, in pixels."""

    svg: str
    width: int
    height: int


@dataclass(frozen=True)
class Card:
    """All that is said of one strategy or encoder. `notes` are HTML."""

    family: Family
    kind: str
    concept: type[Merge] | type[Encoder]
    graph: Graph
    on: str
    """What the picture shows it on, where that is not the model at work."""
    used: bool
    tags: tuple[str, ...]
    takes: str
    about: str
    figures: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def alt(self) -> str:
        """The picture in words."""
        ends = [f"{n.group} {formatting.shape(n.shape)}" for n in self.graph.nodes if not n.sources]
        layers = [node.layer for node in self.graph.nodes if node.sources] or ["no layers"]
        return f"{self.concept.title}: {join_names(ends)} through {', '.join(layers)}"


def entries(family: Family) -> Sequence[ReferenceEntry[Any]]:
    """All of a family, in the registry's order."""
    return reference.strategies() if family == "strategy" else reference.encoders()


def card(spec: Architecture, family: Family, kind: str) -> Card:
    """A strategy or an encoder, tried on an architecture."""
    if family == "strategy":
        return _strategy(spec, kind, trials.try_merge(spec, kind))
    return _encoder(spec, kind, _encoded(spec, kind))


def _encoded(spec: Architecture, kind: str) -> EncoderTrial:
    given, place = trials.example_input(spec, kind)
    return trials.try_encoder(given, kind, place or 0)


def _strategy(spec: Architecture, kind: str, trial: MergeTrial) -> Card:
    concept, result, state = MERGES[kind], trial.result, _state(trial)
    return Card(
        "strategy",
        kind,
        concept,
        (result or trials.example_merge(kind)).graph,
        "" if result else "On an example: your branches do not fit.",
        bool(spec.merges) and type(spec.merges[-1]) is concept,
        reference.traits(concept),
        f"Takes {concept.contract}.",
        "",
        (
            *(_costs(result) if result else _figures("–", "–", "–")),
            ("Your branches", f'<i class="dot {state}"></i>{STATES[state]}'),
        ),
        tuple(_fitting(trial)),
    )


def _costs(result: TrialResult) -> Iterator[tuple[str, str]]:
    parameters = f"{result.own.parameters:,}"
    if result.fitting.parameters:
        parameters += f" + {result.fitting.parameters:,}"
    flops = result.own.flops + result.fitting.flops
    return _figures(formatting.shape(result.shape), parameters, _about(flops, result.estimated))


def _encoder(spec: Architecture, kind: str, made: EncoderTrial) -> Card:
    concept, given = ENCODERS[kind], made.given
    own = given in spec.inputs
    entry = next(entry for entry in reference.encoders() if entry.kind == kind)
    reads = [input.title.lower() for _, input in INPUTS.items() if input.form in concept.takes]
    flops = _about(made.cost.flops, made.estimated)
    figures = _figures(formatting.shape(made.shape), f"{made.cost.parameters:,}", flops)
    return Card(
        "encoder",
        kind,
        concept,
        made.graph,
        "" if own else "On a default input: it reads none of your branches.",
        any(type(other.encoder) is concept for other in spec.inputs),
        (),
        f"Reads {', '.join(reads)}.",
        entry.summary,
        (("On", escape(_on(spec, made))), *(_figures("–", "–", "–") if made.error else figures)),
        (coded(str(made.error)),) if made.error else (),
    )


def _on(spec: Architecture, made: EncoderTrial) -> str:
    given = made.given
    name = given.name if given in spec.inputs else given.title.lower()
    return f"{name}, {formatting.shape(given.shape)}"


def _figures(gives: str, parameters: str, flops: str) -> Iterator[tuple[str, str]]:
    yield "Gives", gives
    yield "Parameters", parameters
    yield "FLOPs a sample", flops


def _about(flops: int, estimated: bool) -> str:
    return ("≈ " if estimated else "") + short_number(flops)


def _state(trial: MergeTrial) -> str:
    if trial.result is None:
        return "no"
    return "yes" if trial.fits else "fitted"


def _fitting(trial: MergeTrial) -> Iterator[str]:
    """Why the branches do not fit as they are, and what is put in so that they do."""
    result = trial.result
    if trial.why is not None:
        mend = f" {trial.why.fix}" if result is None else ""
        yield coded(f"{trial.why.rule} Received `{trial.why.received}`.{mend}")
    if result is not None and result.adapters:
        count = len(result.adapters)
        reasons = escape(" ".join(dict.fromkeys(node.reason for node in result.adapters)))
        yield (
            f"<b>Use this adds {count} {'layer' if count == 1 else 'layers'} of "
            f"{result.fitting.parameters:,} parameters.</b> {reasons}"
        )
    if result is not None and result.pooled:
        title = escape(result.architecture.merges[-1].then.title)
        yield f"<b>Use this puts {title} behind it</b>, for what reads it wants a vector."


def coded(text: str) -> str:
    """Plain text as HTML, what is in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def heading(card: Card) -> str:
    """Title, traits and what it takes, as HTML."""
    chips = "".join(f"<span>{escape(tag)}</span>" for tag in card.tags)
    now = '<span class="now">in use</span>' if card.used else ""
    return (
        f'<div class="entry"><h3>{escape(card.concept.title)}</h3>'
        f'<div class="chips">{now}{chips}</div></div>'
        f'<p class="quiet">{escape(card.takes)}</p>'
    )


def figures(card: Card) -> str:
    """What it is, gives and costs here, and what has to be known of that, as HTML."""
    about = f'<p class="about">{coded(card.about)}</p>' if card.about else ""
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in card.figures)
    notes = "".join(f"<p>{note}</p>" for note in card.notes)
    below = f'<div class="why">{notes}</div>' if notes else ""
    return f'{about}<dl class="figures small">{cells}</dl>{below}'


def facts(card: Card) -> str:
    """When it wins and loses, what it costs and where it is from, as HTML."""
    texts = [(name.capitalize(), getattr(card.concept, name, "")) for name in FACTS]
    rows = "".join(f"<div><dt>{n}</dt><dd>{escape(text)}</dd></div>" for n, text in texts if text)
    return f'<dl class="facts">{rows}</dl>'


def fields(concept: type[Merge] | type[Encoder]) -> str:
    """Its own fields as an HTML table; those that all merges have are left out."""
    shared = tuple(Merge.model_fields) if issubclass(concept, Merge) else ()
    rows = "".join(
        f"<tr><th>{escape(setting.title)}</th><td>{escape(_default(setting))}</td>"
        f"<td>{escape(_range(setting))}</td><td>{escape(setting.help)}</td></tr>"
        for setting in settings(concept, skip=shared)
    )
    if not rows:
        return '<p class="quiet">None of its own.</p>'
    head = "<tr><th>Field</th><th>Default</th><th>Range</th><th>What it does</th></tr>"
    return f'<table class="fields"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _default(setting: Setting) -> str:
    value = setting.default
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:,}"
    return value if isinstance(value, str) and value else "–"


def _range(setting: Setting) -> str:
    if setting.options:
        return ", ".join(setting.options)
    if setting.refers:
        return f"one of the {setting.refers}"
    bounds = ["" if bound is None else f"{bound:,}" for bound in (setting.minimum, setting.maximum)]
    return f"{' to '.join(bounds)} {setting.unit}".strip() if any(bounds) else "on or off"


@lru_cache(maxsize=1024)
def picture(spec: Architecture, family: Family, kind: str, theme: ThemeName) -> Picture:
    """The layers as large as they can be shown in a miniature, downwards or across."""
    graph = card(spec, family, kind).graph
    down = _sized(graph, DiagramOptions("vertical", False, False, False, theme))
    if down.height == HIGH:
        return down
    across = _sized(graph, DiagramOptions("horizontal", False, False, False, theme))
    return max(down, across, key=lambda picture: picture.width * picture.height)


def _sized(graph: Graph, look: DiagramOptions) -> Picture:
    svg = diagram.svg(graph, look)
    found = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', svg)
    width, height = (float(side) for side in found.groups()) if found else (WIDE, HIGH)
    scale = min(WIDE / width, HIGH / height, LARGEST)
    return Picture(svg, round(width * scale), round(height * scale))


def miniature(picture: Picture, card: Card) -> str:
    """A picture as HTML that keeps its place whatever is in it."""
    source = base64.b64encode(picture.svg.encode()).decode()
    below = f"<figcaption>{escape(card.on)}</figcaption>" if card.on else ""
    return (
        f'<figure class="mini" style="min-height:{HIGH}px"><img alt="{escape(card.alt)}" '
        f'width="{picture.width}" height="{picture.height}" '
        f'src="data:image/svg+xml;base64,{source}">{below}</figure>'
    )


def rows(
    spec: Architecture, family: Family, found: Sequence[ReferenceEntry[Any]]
) -> dict[str, list[Any]]:
    """A table of what was found, by column."""
    return _strategy_rows(spec, found) if family == "strategy" else _encoder_rows(spec, found)


def _strategy_rows(
    spec: Architecture, found: Sequence[ReferenceEntry[Merge]]
) -> dict[str, list[Any]]:
    tried = [trials.try_merge(spec, entry.kind) for entry in found]
    results = [trial.result for trial in tried]
    return {
        "Strategy": [entry.concept.title for entry in found],
        "Your branches": [STATES[_state(trial)] for trial in tried],
        "Gives": [formatting.shape(r.shape) if r else None for r in results],
        "Parameters": [r.own.parameters if r else None for r in results],
        "Adapters": [r.fitting.parameters if r else None for r in results],
        "FLOPs": [r.own.flops + r.fitting.flops if r else None for r in results],
        "Takes": [str(entry.concept.contract) for entry in found],
        "Source": [entry.concept.source for entry in found],
    }


def _encoder_rows(
    spec: Architecture, found: Sequence[ReferenceEntry[Encoder]]
) -> dict[str, list[Any]]:
    made = [_encoded(spec, entry.kind) for entry in found]
    return {
        "Encoder": [entry.concept.title for entry in found],
        "On": [_on(spec, one) for one in made],
        "Gives": [None if one.error else formatting.shape(one.shape) for one in made],
        "Parameters": [None if one.error else one.cost.parameters for one in made],
        "FLOPs": [None if one.error else one.cost.flops for one in made],
        "Reads": [", ".join(sorted(entry.concept.takes)) for entry in found],
        "Source": [entry.concept.source for entry in found],
    }
