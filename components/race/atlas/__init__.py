"""Which merge wins when, measured once for all: the figures, the picture, and what they teach."""

from components.race.atlas.lessons import lessons
from components.race.atlas.picture import csv, svg
from components.race.atlas.values import Atlas, load

__all__ = ["Atlas", "csv", "lessons", "load", "svg"]
