"""Data with known truth, and architectures to start from."""
