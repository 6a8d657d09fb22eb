"""The atlas, which merge wins when: its figures, its picture and its lessons."""

from components.race.atlas.lessons import lessons
from components.race.atlas.picture import csv, svg
from components.race.atlas.values import Atlas, load

__all__ = ["Atlas", "csv", "lessons", "load", "svg"]
