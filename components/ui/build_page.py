"""The Build page: figures, then diagram, interactive graph or summary, and what to take away."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from components.builder import Blueprint, Sketch
from components.costs import NOMINAL_LENGTH, Costs
from components.errors import PlaygroundError
from components.graph import Graph, Group, Node
from components.merges.base import Merge
from components.render import diagram, summary, words
from components.render.diagram import Look
from components.render.palette import Theme
from components.spec import Architecture, parse_json
from components.ui import engine, forms, frame
from components.ui.sidebar import sidebar
from components.ui.viewer import viewer
from components.ui.workbench import Workbench

VIEWS = ("Diagram", "Interactive", "Summary")
HEIGHT = 560
"""Pixels of the picture: with the row of figures above, all is seen at 1280 × 800."""
MOST_ADVICE = 2
"""Hints that are shown at once, the gravest first."""


def build_page() -> None:
    """The whole page, from this session's workbench."""
    bench, theme = frame.bench(), frame.theme()
    ready = engine.engine().ready
    bench.settle(engine.blueprint if ready else None)
    frame.await_engine("the model appears here", lambda: _model(bench, theme))
    bench.offer(engine.blueprint if ready else None)
    with st.sidebar:
        frame.navigation()
        sidebar(bench, theme)


def _model(bench: Workbench, theme: Theme) -> None:
    spec = bench.unfit or bench.valid
    made, costs = engine.drawn(spec), engine.costs_of(spec)
    head, controls = st.container(), st.columns([3, 2], vertical_alignment="center")
    with st.container(key="picture_row"):
        picture, beside = st.columns([7, 3], gap="small")
    view, look = st.session_state.get("view", VIEWS[0]), _look(theme)
    with picture:
        if view == "Interactive":
            _interactive(bench, made.graph, costs, look)
        elif view == "Summary":
            _summary(spec, made.graph, costs)
        else:
            _diagram(bench, spec, made.graph, look)
    frame.hand_over()
    bench.offer(engine.blueprint)
    with head:
        _figures(made, costs)
    with controls[0]:
        _views()
    with controls[1]:
        _take_away(bench, made.graph, look)
    with beside:
        _wrong(bench)
        _card(bench, made.graph, costs, theme)
        _advice(bench)


def _wrong(bench: Workbench) -> None:
    """What does not fit, and the mends that were tried and work."""
    error = bench.error
    if error is None:
        return
    with st.container(border=True, gap="small", key="wrong"):
        st.markdown(":red[:material/error:] **This does not fit yet**")
        st.markdown(f"{error.rule} Received `{error.received}`. {error.mend}")
        if bench.unfit is None:
            st.caption("The picture shows the last model that could be built.")
        for place, mend in enumerate(bench.mends):
            st.button(
                mend.label,
                key=f"wrong.mend.{place}",
                icon=":material/build:",
                width="stretch",
                on_click=bench.mend,
                args=(mend,),
            )


def _advice(bench: Workbench) -> None:
    """What is worth knowing of a model that can be built."""
    if bench.error is not None:
        return
    said = engine.advice_on(bench.valid)
    for advice in said[:MOST_ADVICE]:
        with st.container(border=True, gap=None):
            st.markdown(f":orange[:material/lightbulb:] **{advice.title}**")
            st.caption(advice.text)


def _views() -> None:
    st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="view",
        label_visibility="collapsed",
        persist_state="session",
    )


def _figures(made: Blueprint | Sketch, costs: Costs) -> None:
    graph, total = made.graph, costs.total
    about = "≈ " if costs.estimated else ""
    layers = len({node.keras_name for node in graph.nodes if node.state == "built"})
    built = isinstance(made, Blueprint)
    figures = (
        ("Parameters" if built else "Parameters so far", f"{total.parameters:,}", ""),
        ("Weight memory", words.memory(total.weight_bytes), "as float32"),
        (
            "FLOPs a sample",
            about + words.count(total.flops),
            f"a multiply-add counts as two; open lengths count as {NOMINAL_LENGTH} steps",
        ),
        ("Layers", str(layers), "inputs included; a shared layer counts once"),
        ("Build time", f"{1000 * made.seconds:.0f} ms", "the Keras model, without weights")
        if isinstance(made, Blueprint)
        else ("Not fitting", _number(made.errors), "parts that shapes keep from being built"),
    )
    cells = "".join(
        f'<div title="{escape(tip)}"><dt>{name}</dt><dd>{value}</dd></div>'
        for name, value, tip in figures
    )
    st.html(f'<dl class="figures" data-testid="figures">{cells}</dl>')


def _number(errors: Sequence[object]) -> str:
    return f"{len(errors)} part{'' if len(errors) == 1 else 's'}"


def _look(theme: Theme) -> Look:
    shows = st.session_state.get("shows", ["Shapes", "Parameters", "Activations"])
    return Look(
        direction="horizontal" if st.session_state.get("across") else "vertical",
        shapes="Shapes" in shows,
        parameters="Parameters" in shows,
        activations="Activations" in shows,
        theme=theme.name,
    )


def _take_away(bench: Workbench, graph: Graph, look: Look) -> None:
    spec = bench.unfit or bench.valid
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        with st.popover("Show", icon=":material/tune:", key="show"):
            st.pills(
                "On each layer",
                ["Shapes", "Parameters", "Activations"],
                default=["Shapes", "Parameters", "Activations"],
                selection_mode="multi",
                key="shows",
                persist_state="session",
            )
            st.toggle("From left to right", key="across", persist_state="session")
        with st.popover("Download", icon=":material/download:", key="take"):
            _name(bench)
            plain = Look(look.direction, look.shapes, look.parameters, look.activations)
            _download(
                "Diagram as SVG", lambda: diagram.svg(graph, plain), spec, "svg", "image/svg+xml"
            )
            _download("Diagram as PNG", lambda: diagram.png(graph, plain), spec, "png", "image/png")
            _download(
                "Architecture as JSON", lambda: spec.json_text(), spec, "json", "application/json"
            )
        with st.popover("Open", icon=":material/upload_file:", key="open"):
            _upload(bench)


def _name(bench: Workbench) -> None:
    def renamed() -> None:
        name = forms.taken("name", widget).strip()
        bench.edit(lambda draft: draft.update(name=name))

    name = bench.draft["name"]
    widget = forms.keep("name", name)
    st.text_input("Name of the model", name, max_chars=40, key=widget, on_change=renamed)
    forms.said(bench.error, ("name",))


def _download(label: str, data: Any, spec: Architecture, ending: str, mime: str) -> None:
    st.download_button(
        label, data, f"{spec.name}.{ending}", mime, key=f"download.{ending}", on_click="ignore"
    )


def _upload(bench: Workbench) -> None:
    def opened() -> None:
        file = st.session_state["upload"]
        if file is None:
            return
        try:
            bench.open(parse_json(file.getvalue()))
            st.session_state.pop("upload_error", None)
        except PlaygroundError as error:
            st.session_state["upload_error"] = str(error)

    st.file_uploader(
        "Architecture as JSON",
        type="json",
        key="upload",
        on_change=opened,
        max_upload_size=1,
        help="A file downloaded here, or written by hand.",
    )
    if "upload_error" in st.session_state:
        st.error(st.session_state["upload_error"], icon=":material/error:")


def _diagram(bench: Workbench, spec: Architecture, graph: Graph, look: Look) -> None:
    def select(id: str) -> None:
        bench.selected = id or None

    viewer(
        engine.svg_of(spec, look),
        diagram.caption(graph),
        bench.selected if bench.selected in graph else None,
        select,
        key="diagram",
        height=HEIGHT,
    )


def _interactive(bench: Workbench, graph: Graph, costs: Costs, look: Look) -> None:
    from components.render import interactive

    measures = {"parameters": "Parameters", "flops": "FLOPs", "memory": "Activation memory"}
    measure: Any = st.segmented_control(
        "Circles show the share of",
        list(measures),
        format_func=lambda name: measures[name],
        default="parameters",
        required=True,
        key="measure",
        persist_state="session",
    )
    figure = interactive.figure(graph, costs, look, measure, bench.selected)
    figure.update_layout(height=HEIGHT - 70)

    def chosen() -> None:
        points = st.session_state["interactive"].selection.points
        bench.selected = points[0]["customdata"][0] if points else None

    st.plotly_chart(
        figure,
        key="interactive",
        on_select=chosen,
        selection_mode="points",
        config={"scrollZoom": True, "displaylogo": False},
        alt=diagram.caption(graph),
    )


def _summary(spec: Architecture, graph: Graph, costs: Costs) -> None:
    form = st.segmented_control(
        "Form",
        ("Table", "Keras"),
        default="Table",
        required=True,
        key="summary",
        label_visibility="collapsed",
        persist_state="session",
    )
    if form == "Keras" and any(node.state != "built" for node in graph.nodes):
        st.info("Keras sums a model up as soon as all of it fits.", icon=":material/info:")
        return
    if form == "Keras":
        with st.container(height=HEIGHT - 50, border=False):
            st.code(engine.summary_of(spec), language=None)
        return
    rows = summary.table(graph, costs)
    columns = st.column_config
    st.dataframe(
        {
            "Layer": [row.layer for row in rows],
            "Kind": [row.kind for row in rows],
            "Part": [row.part for row in rows],
            "Output": [row.output for row in rows],
            "Parameters": [row.parameters for row in rows],
            "Share": [row.share for row in rows],
            "FLOPs": [row.flops for row in rows],
            "Activations": [row.memory for row in rows],
            "Reads": [row.reads for row in rows],
        },
        hide_index=True,
        height=HEIGHT - 50,
        column_config={
            "Parameters": columns.NumberColumn(format="localized"),
            "Share": columns.ProgressColumn(format="percent", min_value=0, max_value=1),
            "FLOPs": columns.NumberColumn("FLOPs a sample", format="compact"),
            "Activations": columns.NumberColumn("Memory a sample", format="bytes"),
        },
    )


def _card(bench: Workbench, graph: Graph, costs: Costs, theme: Theme) -> None:
    shown = bench.unfit or bench.valid
    if bench.selected is not None and bench.selected in graph:
        node = graph[bench.selected]
        if node.state != "built":
            return
        st.html(_layer_card(graph, node, costs, theme))
        merge = next((m for m in shown.merges if m.name == node.group), None)
        if merge is not None:
            _strategy(merge)
        return
    st.html(_parts_card(graph, costs, theme))
    for merge in shown.merges[-1:]:
        _strategy(merge)


def _strategy(merge: Merge) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{merge.title}** merges `{merge.name}`")
        st.latex(merge.formula)
        st.caption(f"Wins: {merge.wins}.  \nLoses: {merge.loses}.")


def _layer_card(graph: Graph, node: Node, costs: Costs, theme: Theme) -> str:
    cost, total = costs.nodes[node.id], costs.total
    group = graph.group(node.group)
    takes = ", ".join(words.shape(graph[source].shape) for source in node.sources)
    rows = [
        ("name", node.id),
        *words.configuration(node).items(),
        *([("takes", takes)] if takes else []),
        ("gives", words.shape(node.shape)),
        ("parameters", f"{cost.parameters:,} · {words.share(cost.parameters, total.parameters)}"),
        ("FLOPs a sample", f"{words.count(cost.flops)} · {words.share(cost.flops, total.flops)}"),
        ("activations", words.memory(cost.activation_bytes)),
    ]
    if node.reason:
        rows.insert(1, ("here because", node.reason))
    if node.shares:
        rows.append(("weights of", node.shares))
    cells = "".join(f"<tr><td>{escape(k)}</td><td>{escape(v)}</td></tr>" for k, v in rows)
    color = theme.tones(group).title
    return (
        f'<div class="card" data-testid="card"><h4 style="color:{color}">{escape(node.layer)}</h4>'
        f"<p>{escape(_purpose(node))}</p><table>{cells}</table></div>"
    )


def _purpose(node: Node) -> str:
    """The first sentence of Keras's own text on the layer."""
    import keras

    if node.layer == "InputLayer":
        return "Where the data of this input enters."
    made = getattr(keras.layers, node.layer, None) or getattr(keras.ops, node.layer.lower(), None)
    text = (made.__doc__ or "").strip().split("\n\n")[0] if made else ""
    return " ".join(text.split()).replace("`", "")


def _parts_card(graph: Graph, costs: Costs, theme: Theme) -> str:
    total = costs.total.parameters
    rows = "".join(_part(group, costs, total, theme) for group in graph.groups)
    return (
        '<div class="card" data-testid="card"><h4>Where the parameters are</h4>'
        f"<p>Click a layer for its details.</p>{rows}</div>"
    )


def _part(group: Group, costs: Costs, total: int, theme: Theme) -> str:
    part = costs.groups[group.id].parameters
    width = 100 * part / total if total else 0
    color = theme.tones(group).solid
    bar = f'<i style="width:{width:.2f}%;background:{color}"></i>' if part else ""
    note = words.share(part, total)
    return (
        f"<table><tr><td>{escape(group.title)}</td>"
        f"<td>{words.count(part)} · {note}</td></tr></table>"
        f'<div class="bar">{bar}</div>'
    )
