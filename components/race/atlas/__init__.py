"""The atlas of which merge wins when: its figures, its picture and its lessons."""

from components.race.atlas.picture import csv, table
from components.race.atlas.values import LESSONS, Atlas, load

__all__ = ["LESSONS", "Atlas", "csv", "load", "table"]
