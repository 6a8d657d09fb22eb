"""Foundations of the measures: models with recombined inputs, coalitions, games, and results."""
