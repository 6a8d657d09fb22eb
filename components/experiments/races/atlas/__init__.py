"""The atlas of which merge wins when: its figures, its picture and its lessons."""

from components.experiments.races.atlas.picture import csv, table
from components.experiments.races.atlas.values import LESSONS, Atlas, load

__all__ = ["LESSONS", "Atlas", "csv", "load", "table"]
