"""Excalidraw files: shapes of a whiteboard, with arrows bound to the cards they connect."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from components.models.drawing.drawing import Outline, Point, Text
from components.models.drawing.options import DiagramOptions
from components.models.drawing.shapes import Arrow, ShapeCard, picture
from components.models.language.graph import Graph
from components.sharing.formats.base import PictureFormat

_HELVETICA = 2
"""Excalidraw's number for Helvetica."""
_LEADING = 1.25
"""Line height as a multiple of the font size."""
_Element = dict[str, Any]


class ExcalidrawPicture(PictureFormat):
    """Excalidraw drawing: a card and its texts form a group, within the group of its branch."""

    title = "Excalidraw"
    rank = 10
    mime = "application/vnd.excalidraw+json"
    about = "Excalidraw: shapes to be edited"

    def write(self, graph: Graph, options: DiagramOptions) -> bytes:
        """Return the JSON text."""
        drawn = picture(graph, options)
        bound = defaultdict[str, list[dict[str, str]]](list)
        for arrow in drawn.arrows:
            for end in {arrow.source, arrow.target}:
                bound[end].append({"type": "arrow", "id": arrow.id})
        elements: list[_Element] = []
        for number, part in enumerate(drawn.free):
            elements += _group(f"free {number}", part.outlines, part.texts)
        for card in (*drawn.frames, *drawn.cards):
            around = card.frame or (card.id if card in drawn.frames else "")
            box, *rest = _group(f"card {card.id}", [card.outline], card.texts, around)
            elements += [
                box | {"boundElements": bound[card.id]},
                *_faces(card, box["groupIds"]),
                *rest,
            ]
        for arrow in drawn.arrows:
            elements += [_arrow(arrow), *_texts(f"{arrow.id} label", arrow.labels, [])]
        file = {
            "type": "excalidraw",
            "version": 2,
            "source": "Fusion Playground",
            "elements": elements,
            "appState": {"viewBackgroundColor": drawn.background or "#ffffff"},
            "files": {},
        }
        return (json.dumps(file, indent=1, ensure_ascii=False) + "\n").encode()


def _group(
    id: str, outlines: Iterable[Outline], texts: Sequence[Text], around: str = ""
) -> Iterator[_Element]:
    """Yield boxes and their texts as one group, within the group `around` if it is given."""
    groups = [id, *([around] if around else [])]
    for number, outline in enumerate(outlines):
        left, top, right, bottom = outline.box
        look = {
            "strokeColor": outline.line or "transparent",
            "backgroundColor": outline.fill or "transparent",
            "strokeWidth": outline.width,
            "strokeStyle": outline.stroke,
            "roundness": {"type": 3, "value": outline.radius} if outline.radius else None,
        }
        name = f"{id} {number}" if number else id
        places = [(left, top), (right, bottom)]
        yield _element("rectangle", name, places, groups) | look
    yield from _texts(id, texts, groups)


def _faces(card: ShapeCard, groups: list[str]) -> Iterator[_Element]:
    """Yield the faces of a volume as closed lines."""
    for number, face in enumerate(card.faces):
        places = [*face.points, face.points[0]]
        yield _element("line", f"face {card.id} {number}", places, groups) | {
            **_path(places),
            "strokeColor": face.line,
            "backgroundColor": face.fill,
            "strokeWidth": face.width,
            "strokeStyle": face.stroke,
            "polygon": True,
        }


def _path(places: Sequence[Point]) -> _Element:
    """Return the start of a line and its points relative to the start."""
    x, y = places[0]
    points = [[round(a - x, 2), round(b - y, 2)] for a, b in places]
    return {"x": round(x, 2), "y": round(y, 2), "points": points}


def _texts(id: str, texts: Sequence[Text], groups: list[str]) -> Iterator[_Element]:
    for number, text in enumerate(texts):
        top = text.y - text.size
        places = [(text.x, top), (text.x + text.width, top + _LEADING * text.size)]
        yield _element("text", f"{id} text {number}", places, groups) | {
            "strokeColor": text.color,
            "text": text.text,
            "originalText": text.text,
            "fontSize": text.size,
            "fontFamily": _HELVETICA,
            "textAlign": "left",
            "verticalAlign": "top",
            "lineHeight": _LEADING,
            "containerId": None,
        }


def _arrow(arrow: Arrow) -> _Element:
    places = [arrow.points[0], *arrow.bends, arrow.points[-1]]
    return _element("arrow", arrow.id, places, []) | {
        **_path(places),
        "strokeColor": arrow.color,
        "strokeWidth": arrow.width,
        "strokeStyle": arrow.stroke,
        "roundness": {"type": 2},
        "startBinding": _binding(arrow.source),
        "endBinding": _binding(arrow.target),
        "startArrowhead": None,
        "endArrowhead": "triangle",
    }


def _binding(id: str) -> dict[str, Any]:
    return {"elementId": f"card {id}", "focus": 0, "gap": 1}


def _element(type: str, id: str, places: Sequence[Point], groups: Sequence[str]) -> _Element:
    """Return the properties of all elements, with straight lines and solid colours."""
    xs, ys = zip(*places, strict=True)
    return {
        "type": type,
        "id": id,
        "x": round(min(xs), 2),
        "y": round(min(ys), 2),
        "width": round(max(xs) - min(xs), 2),
        "height": round(max(ys) - min(ys), 2),
        "angle": 0,
        "fillStyle": "solid",
        "strokeWidth": 1,
        "strokeStyle": "solid",
        "strokeColor": "transparent",
        "backgroundColor": "transparent",
        "roughness": 0,
        "opacity": 100,
        "groupIds": list(groups),
        "frameId": None,
        "roundness": None,
        "seed": 1,
        "version": 1,
        "versionNonce": 1,
        "isDeleted": False,
        "boundElements": None,
        "updated": 1,
        "link": None,
        "locked": False,
    }
