"""Verdict of a run: what happened, why if that is known, and one thing to try."""
