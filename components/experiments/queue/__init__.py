"""Runs: their queue, their training in child processes, and their rows in the database."""
