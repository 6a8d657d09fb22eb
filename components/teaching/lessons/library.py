"""The lessons that ship with the project: every file in `sample_data/content/lessons`."""

from __future__ import annotations

from functools import cache, lru_cache

from components.base.errors import LessonError, suggest
from components.base.paths import ROOT
from components.sharing.links.link import token_in
from components.sharing.links.token import is_token
from components.teaching.lessons.lesson import LESSON, Lesson, parse_lesson, parse_lesson_token

FOLDER = ROOT / "sample_data" / "content" / "lessons"


@cache
def names() -> tuple[str, ...]:
    """Return the names of the lessons, in the order of their files: `1_sums.yaml` is `sums`."""
    files = sorted(FOLDER.glob("*.yaml"), key=lambda path: (int(path.stem.partition("_")[0]), path))
    return tuple(path.stem.partition("_")[2] for path in files)


@cache
def load(name: str) -> Lesson:
    """Load a lesson by its name. Raises `LessonError` if there is none."""
    if name not in names():
        raise LessonError(f"There is no lesson `{name}`.", name, suggest(name, names()))
    path = next(path for path in FOLDER.glob("*.yaml") if path.stem.partition("_")[2] == name)
    return parse_lesson(path.read_bytes())


@lru_cache(maxsize=64)
def find(text: str) -> Lesson:
    """Return a lesson by its name, a link that names or holds it, or the token of such a link.

    Raises `LessonError` and `LinkError`.
    """
    name_or_token = token_in(text, LESSON)
    return parse_lesson_token(name_or_token) if is_token(name_or_token) else load(name_or_token)
