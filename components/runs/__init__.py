"""Runs: the queue, what runs around a child process, and what the database keeps of it."""
