"""Cards of the Strategies page: a strategy or an encoder, tried on the branches of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from typing import Any, Literal, NamedTuple

import streamlit as st
from markupsafe import Markup

from components.app.parts.editor import drafts, edits
from components.app.parts.editor.drafts import Draft
from components.app.parts.editor.fixes import Edit
from components.app.parts.editor.model_editor import UNDO, ModelEditor
from components.app.parts.frame import page_frame
from components.app.parts.widgets import html_parts, inline_component, layout, projector
from components.app.parts.widgets.html_parts import Figure, coded
from components.app.parts.widgets.viewer import viewer
from components.base.pages import page_file
from components.base.text import join_names, plural
from components.base.workers.needs_keras import side_by_side
from components.experiments.races import atlas
from components.experiments.races.entries import StrategyEntry
from components.experiments.races.fitted import Fitted, fit_entry
from components.models.analysis import reference, trials
from components.models.analysis.reference import ReferenceEntry
from components.models.analysis.trials import EncoderTrial
from components.models.architecture.architecture import Architecture
from components.models.drawing import diagram, formatting
from components.models.drawing.diagram_svg import page_size
from components.models.drawing.html_table import html_table
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import Theme, ThemeName
from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder
from components.models.inputs import INPUTS
from components.models.language.fields import Setting, settings
from components.models.language.graph import Graph
from components.models.merges import MERGES
from components.models.merges.base import Merge

Section = Literal["strategy", "encoder"]

STATES = {"yes": "fit as they are", "fitted": "fit with added layers", "no": "do not fit"}
"""Text for each result of a trial; its key is the class of the dot beside it."""
FACTS = {"good_for": "Good for", "weak_at": "Weak at", "cost": "Cost", "source": "Source"}
"""Facts of an entry, with their labels."""
SHORT = ("good_for", "weak_at")
"""Facts shown on a card; the details show all."""
LARGE = 480
"""Height in pixels of the picture in the details of an entry."""
ROOM = (600.0, 480.0)
"""Width and height in pixels of the picture beside the text on a projector."""
WIDTH, HEIGHT, LARGEST = 246, 180, 0.9
"""Pixels of a miniature, and the largest scale of its picture."""
_HTML = '<figure><div class="drawn" role="img"></div><figcaption></figcaption></figure>'
_component = inline_component.component("miniature", _HTML, Path(__file__).parent)


@dataclass(frozen=True)
class Card:
    """One strategy or encoder. Its `notes` are HTML."""

    section: Section
    kind: str
    concept: type[Merge] | type[Encoder]
    graph: Graph
    on: str
    """Note on the inputs in the picture, if they are not those of the model."""
    used: bool
    tags: tuple[str, ...]
    takes: str
    plain: str
    """Description in plain words."""
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]

    @property
    def alt(self) -> str:
        """Description of the picture."""
        ends = [f"{n.group} {formatting.shape(n.shape)}" for n in self.graph.nodes if not n.sources]
        layers = [node.layer for node in self.graph.nodes if node.sources] or ["no layers"]
        return f"{self.concept.title}: {join_names(ends)} through {', '.join(layers)}"


def entries(section: Section) -> Sequence[ReferenceEntry[Any]]:
    """Return all entries of a section, in the registry's order."""
    return reference.strategies() if section == "strategy" else reference.encoders()


def try_merges(architecture: Architecture, entries: Sequence[ReferenceEntry[Any]]) -> list[Fitted]:
    """Try each strategy on an architecture, several in parallel."""
    return side_by_side(lambda entry: try_merge(architecture, entry.kind), entries)


def try_merge(architecture: Architecture, kind: str) -> Fitted:
    """Return the model with a strategy in place of the last merge and its heads unchanged."""
    return fit_entry(architecture, StrategyEntry(kind=kind), comparable=False)


def try_encoders(
    architecture: Architecture, entries: Sequence[ReferenceEntry[Any]]
) -> list[EncoderTrial]:
    """Try each encoder on the first branch that it reads, else on a default input, in parallel."""
    return side_by_side(lambda entry: _try_encoder(architecture, entry.kind), entries)


def card(architecture: Architecture, section: Section, kind: str) -> Card:
    """Return the card of a strategy or an encoder, tried on an architecture."""
    if section == "strategy":
        return _strategy(architecture, kind, try_merge(architecture, kind))
    return _encoder(architecture, kind, _try_encoder(architecture, kind))


def state_of(fit: Fitted) -> str:
    """Return the key of `STATES` for a trial."""
    if fit.architecture is None:
        return "no"
    return "yes" if fit.as_is else "fitted"


def tried_on(architecture: Architecture, trial: EncoderTrial) -> str:
    """Return the name and shape of the input that an encoder was tried on."""
    branch = trial.input
    name = branch.name if branch in architecture.inputs else branch.title.lower()
    return f"{name}, {formatting.shape(branch.shape)}"


def heading_html(card: Card, level: int = 3) -> str:
    """Return the title, plain words, traits and inputs of a card as HTML."""
    chips = "".join(f"<span>{escape(tag)}</span>" for tag in card.tags)
    now = '<span class="now">in use</span>' if card.used else ""
    plain = f'<p class="plain">{coded(card.plain)}</p>' if card.plain else ""
    return (
        f'<div class="entry"><h{level}>{escape(card.concept.title)}</h{level}>'
        f'<div class="chips">{now}{chips}</div></div>{plain}'
        f'<p class="quiet">{escape(card.takes)}</p>'
    )


def notes_html(card: Card) -> str:
    notes = "".join(f"<p>{note}</p>" for note in card.notes)
    return f'<div class="why">{notes}</div>' if notes else ""


def facts_html(card: Card, names: Iterable[str] = FACTS) -> str:
    """Return an entry's facts as HTML, or only those in `names`."""
    texts = [(FACTS[name], getattr(card.concept, name, "")) for name in names]
    rows = "".join(f"<div><dt>{n}</dt><dd>{escape(text)}</dd></div>" for n, text in texts if text)
    return f'<dl class="facts">{rows}</dl>'


def fields_html(concept: type[Merge] | type[Encoder]) -> str:
    """Return a table of the concept's own fields, without those of all merges."""
    shared = tuple(Merge.model_fields) if issubclass(concept, Merge) else ()
    rows = [
        (setting.title, _default(setting), _range(setting), setting.help)
        for setting in settings(concept, skip=shared)
    ]
    if not rows:
        return '<p class="quiet">No fields of its own.</p>'
    head = ("Field", "Default", "Range", "What it does")
    return html_table(rows, head, "fields", row_heads=True)


def _try_encoder(architecture: Architecture, kind: str) -> EncoderTrial:
    branch, index = trials.example_input(architecture, kind)
    return trials.try_encoder(branch, kind, index or 0)


def _strategy(architecture: Architecture, kind: str, fit: Fitted) -> Card:
    concept, part, state = MERGES[kind], fit.part, state_of(fit)
    figures = _figures()
    if part is not None:
        parameters = f"{part.own.parameters:,}"
        if part.fitting.parameters:
            parameters += f" + {part.fitting.parameters:,}"
        flops = (part.own + part.fitting).flops_text(part.estimated)
        figures = _figures(formatting.shape(part.shape), parameters, flops)
    fits = Figure("Your branches", Markup(f'<i class="dot {state}"></i>{STATES[state]}'))
    known = atlas.load()
    newer = known is not None and kind in known.missing_strategies
    return Card(
        "strategy",
        kind,
        concept,
        (part or trials.example_part(kind)).graph,
        "" if part else "Example inputs, because your branches do not fit.",
        bool(architecture.merges) and type(architecture.merges[-1]) is concept,
        reference.traits(concept),
        f"Takes {concept.contract}.",
        concept.plain,
        (*figures, fits),
        (*_notes(fit), *(["Not in the atlas yet."] if newer else [])),
    )


def _encoder(architecture: Architecture, kind: str, trial: EncoderTrial) -> Card:
    concept = ENCODERS[kind]
    entry = next(entry for entry in reference.encoders() if entry.kind == kind)
    reads = [input.title.lower() for _, input in INPUTS.items() if input.form in concept.takes]
    figures = _figures()
    if not trial.error:
        flops = trial.cost.flops_text(trial.estimated)
        figures = _figures(formatting.shape(trial.shape), f"{trial.cost.parameters:,}", flops)
    return Card(
        "encoder",
        kind,
        concept,
        trial.graph,
        ""
        if trial.input in architecture.inputs
        else "A default input, because no branch of yours fits.",
        any(type(other.encoder) is concept for other in architecture.inputs),
        (),
        f"Reads {', '.join(reads)}.",
        entry.summary,
        (Figure("On", tried_on(architecture, trial)), *figures),
        (coded(str(trial.error)),) if trial.error else (),
    )


def _figures(output: str = "–", parameters: str = "–", flops: str = "–") -> tuple[Figure, ...]:
    return (
        Figure("Output", output),
        Figure("Parameters", parameters),
        Figure("FLOPs per sample", flops),
    )


def _notes(fit: Fitted) -> Iterator[str]:
    """Yield why the branches do not fit unchanged, and which layers are added to fit them."""
    if fit.why is not None:
        yield coded(str(fit.why) if fit.architecture is None else fit.why.problem)
    if fit.part is not None and fit.part.adapters:
        count = plural(len(fit.part.adapters), "layer")
        reasons = escape(" ".join(dict.fromkeys(node.reason for node in fit.part.adapters)))
        yield (
            f"<b>“Use this” adds {count} with {fit.part.fitting.parameters:,} parameters.</b> "
            f"{reasons}"
        )
    if fit.architecture is not None and fit.pooled:
        title = escape(fit.architecture.merges[-1].then.title)
        yield f"<b>“Use this” adds {title} after it</b>, because its readers need a vector."


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


def entry_card(
    editor: ModelEditor, architecture: Architecture, theme: Theme, section: Section, kind: str
) -> None:
    """Draw one entry of the grid: description, miniature, figures and buttons."""
    entry = card(architecture, section, kind)
    st.html(heading_html(entry))
    picture = miniature(architecture, section, kind, theme.name)
    drawn = {"svg": picture.svg, "width": picture.width, "height": picture.height}
    data = {**drawn, "alt": entry.alt, "caption": entry.on, "room": HEIGHT}
    _component(key=f"miniature_{kind}", data=data)
    _formula(entry)
    st.html(_numbers(entry) + facts_html(entry, SHORT))
    if section == "encoder":
        table = fields_html(entry.concept)
        st.html(f'<details class="more"><summary>Fields</summary>{table}</details>')
    with st.container(horizontal=True, gap="xsmall", key=f"buttons_{kind}"):
        _use(editor, architecture, entry)
        _details_button(entry)


def entry_details(
    editor: ModelEditor, theme: Theme, architecture: Architecture, section: Section, kind: str
) -> None:
    """Draw one entry with a large picture and its fields."""
    entry = card(architecture, section, kind)
    beside, picture = st.columns(2, gap="medium")
    with beside, st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="top", wrap=False):
            st.html(heading_html(entry, 2))
            _use(editor, architecture, entry)
        _formula(entry)
        st.html(_numbers(entry))
        if issubclass(entry.concept, Merge) and entry.concept.weights != "0":
            with st.container(horizontal=True, gap=None, wrap=False, key=f"weights_{entry.kind}"):
                st.html('<span class="label">Parameters</span>', width="content")
                st.markdown(f"${entry.concept.weights}$")
        st.html(facts_html(entry))
    with picture:
        draw, options = partial(diagram.svg, entry.graph), DiagramOptions(theme=theme.name)
        svg = projector.draw_readable(draw, entry.graph, options, space=ROOM)
        viewer(svg, entry.alt, key="closer_picture", height=LARGE)
        if entry.on:
            st.caption(entry.on)
    st.html(f'<h3 class="subheading">Fields</h3>{fields_html(entry.concept)}')


class Miniature(NamedTuple):
    """An SVG with its size on the page in pixels."""

    svg: str
    width: int
    height: int


@lru_cache(maxsize=1024)
def miniature(
    architecture: Architecture, section: Section, kind: str, theme: ThemeName
) -> Miniature:
    """Return a small picture of the layers, from the inputs at the top to the output below."""
    options = DiagramOptions("vertical", False, False, False, theme)
    svg = diagram.svg(card(architecture, section, kind).graph, options)
    width, height = page_size(svg)
    scale = min(WIDTH / width, HEIGHT / height, LARGEST)
    return Miniature(svg, round(width * scale), round(height * scale))


def use_strategy(draft: Draft, architecture: Architecture) -> None:
    """Use a strategy for the last merge of a draft, or for a new merge of all branches."""
    if not draft["merges"]:
        edits.add_merge(draft)
    merge = architecture.merges[-1].model_dump(mode="json")
    index = len(draft["merges"]) - 1
    edits.set_kind(draft, "merges", index, merge["kind"])
    for field in ("fit", "then"):
        draft["merges"][index][field] = merge[field]


def use_encoder(draft: Draft, name: str, kind: str) -> None:
    """Use an encoder for an input of a draft."""
    index = drafts.input_index(draft, name)
    if index is not None:
        edits.set_encoder(draft, index, kind)


def _numbers(card: Card) -> str:
    return f"{html_parts.figures(card.figures, small=True)}{notes_html(card)}"


def _formula(card: Card) -> None:
    if issubclass(card.concept, Merge):
        with st.container(key=f"formula_{card.kind}"):
            layout.formula(card.concept.formula)


def _details_button(card: Card) -> None:
    def show() -> None:
        st.query_params[card.section] = card.kind

    st.button(
        "Details",
        icon=":material/zoom_in:",
        type="tertiary",
        key=f"closer.{card.kind}",
        on_click=show,
        help=f"Show {card.concept.title} with a large picture and all its fields.",
    )


def _use(editor: ModelEditor, architecture: Architecture, card: Card) -> None:
    """Draw the button that uses an entry; nothing if the entry does not fit."""
    if card.section == "strategy":
        _use_strategy(editor, architecture, card.kind)
        return
    names = trials.readable_inputs(architecture, card.kind)
    if not names:
        return
    chosen = st.menu_button(
        "Use this for",
        list(names),
        icon=":material/check:",
        key=f"use.{card.kind}",
        help=f"Use this encoder for a branch. {UNDO}",
    )
    if chosen is not None:
        _go(editor, partial(use_encoder, name=chosen, kind=card.kind))


def _use_strategy(editor: ModelEditor, architecture: Architecture, kind: str) -> None:
    fit = try_merge(architecture, kind)
    if fit.architecture is None:
        return
    merge = fit.architecture.merges[-1]
    help = f"Use this strategy for merge `{merge.name}`."
    if fit.part and fit.part.adapters:
        help += f" Sources of other widths are projected (policy `{merge.fit}`)."
    used = fit.architecture == architecture
    if page_frame.pressed(
        "In use" if used else "Use this",
        icon=":material/check:",
        key=f"use.{kind}",
        help=None if used else f"{help} {UNDO}",
        disabled=used,
    ):
        _go(editor, partial(use_strategy, architecture=fit.architecture))


def _go(editor: ModelEditor, edit: Edit) -> None:
    editor.edit(edit)
    st.switch_page(page_file("Build"))
