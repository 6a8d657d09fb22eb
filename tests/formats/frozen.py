"""Schemas of the stored formats, and a check for changes that break files with the same number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from components.app.parts.editor.draft_content import DraftContent
from components.base import versions
from components.base.database.base import Base
from components.base.paths import ROOT
from components.base.versions import Format
from components.experiments.races.plan import RacePlan
from components.experiments.races.setup import Race
from components.experiments.training.events import Report
from components.experiments.training.requests import RunRequest
from components.models.architecture import schema
from components.sharing.links.link import ContentParts
from components.teaching.lessons.hand_in import HandIn
from components.teaching.lessons.lesson import lesson_schema
from components.teaching.people.lesson_store import LessonProgress
from components.teaching.rooms.content import RoomContent
from components.teaching.rooms.plan import plan_schema

Schema = dict[str, Any]
FORMATS = [one for one in vars(versions).values() if isinstance(one, Format)]
PUBLISHED = {"model": "architecture", "lesson": "lesson", "plan": "plan"}
"""Names of the schemas in `docs`, by format."""
STORED = (RunRequest, LessonProgress, Report, RacePlan)
"""Models that the database stores as JSON, besides formats with their own numbers."""
_MODEL_VERSION = {"holds": {"model": versions.MODEL.number}}
"""Number of the model in a link or a draft, which has none of its own: their number changes with
it.
"""
GROWING = ("properties", "$defs")
"""Parts of a schema in which additions break no file. A new field needs a default."""
UPPER, LOWER = ("maximum", "maxLength", "maxItems"), ("minimum", "minLength", "minItems")


def path_of(form: Format) -> Path:
    """Return the file with the schema of a format's present number."""
    name = PUBLISHED.get(form.name)
    if name:
        return ROOT / "docs" / f"{name}.schema.json"
    return Path(__file__).parent / "schemas" / f"{form.name.replace(' ', '_')}.json"


@cache
def schemas() -> dict[str, Schema]:
    """Return the present schemas by format.

    A trained model has no schema: its file in `files` has all kinds of steps.
    """
    found = {"model": schema.schema(), "lesson": lesson_schema(), "plan": plan_schema()}
    return found | {
        "link": _own(versions.LINK, ContentParts, HandIn) | _MODEL_VERSION,
        "race": _own(versions.RACE, Race),
        "class room": _own(versions.ROOM, RoomContent),
        "draft": _titled(versions.DRAFT, {"$defs": {one.name: {} for one in fields(DraftContent)}})
        | _MODEL_VERSION,
        "database": _database(),
    }


def write() -> None:
    """Write all schemas. Raises `SystemExit` for one that breaks files with the same number."""
    for name, now in schemas().items():
        form = next(one for one in FORMATS if one.name == name)
        if broken := broken_by(form, now):
            raise SystemExit(broken)
        path_of(form).write_text(schema.text_of(now), encoding="utf-8")


def broken_by(form: Format, now: Schema) -> str:
    """Return a sentence on what a schema breaks and what to do; empty if it breaks no file."""
    path = path_of(form)
    before = json.loads(path.read_text("utf-8")) if path.exists() else now
    changed = list(breaks(before, now)) if before["title"] == now["title"] else []
    if not changed:
        return ""
    return (
        f"Files of the format `{form.name}`, version {form.number}, can no longer be read as "
        f"they are: {'; '.join(changed[:5])}. Give a new field a default, or raise the number of "
        "the format in components/base/versions.py, register a conversion to it in "
        "CONVERSIONS, keep a file of it in tests/formats/files, and run `make generate`."
    )


def breaks(before: Any, now: Any, place: str = "") -> Iterator[str]:
    """Yield the parts of a schema that are missing, narrower or different."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        if before != now:
            yield f"{place} is another one"
        return
    for key in sorted(before.keys() | now.keys()):
        here = f"{place}/{key}"
        old: Any = before.get(key)
        new: Any = now.get(key)
        if isinstance(old or new, str) and key in ("title", "description"):
            continue
        if key == "required":
            if added := set(new or ()) - set(old or ()):
                yield f"{place} now needs {sorted(added)}"
        elif key not in now:
            yield f"{here} is gone"
        elif key not in before:
            if place.rpartition("/")[2] not in GROWING:
                yield f"{here} is new"
        elif isinstance(old, list):
            if any(item not in new for item in old):
                yield f"{here} has less"
        elif key in UPPER or key in LOWER:
            if (new < old) if key in UPPER else (new > old):
                yield f"{here} is narrower"
        else:
            yield from breaks(old, new, here)


def _own(form: Format, *models: type[BaseModel]) -> Schema:
    """Return the schemas of a format's parts, without models and races: these have numbers."""
    ours = schema.schema()["$defs"]
    parts: Schema = {}
    for model in models:
        document = model.model_json_schema()
        inner = document.pop("$defs", {})
        parts |= {model.__name__: document, **inner}
    others = {*ours, "Architecture", "Race"} - {model.__name__ for model in models}
    return _titled(form, {"$defs": {name: parts[name] for name in parts if name not in others}})


def _database() -> Schema:
    tables = {
        table.name: {
            "columns": {
                column.name: {"type": str(column.type), "null": bool(column.nullable)}
                for column in table.columns
            }
        }
        for table in Base.metadata.sorted_tables
    }
    stored = _own(versions.DATABASE, *STORED)
    return {**stored, "tables": {"$defs": tables}}


def _titled(form: Format, document: Schema) -> Schema:
    return {"title": f"{form.name.capitalize()}, version {form.number}", **document}
