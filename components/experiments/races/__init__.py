"""Races: strategies in place of one merge, on data of known structure, over seeds, compared."""
