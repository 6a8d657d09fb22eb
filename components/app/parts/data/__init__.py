"""The data for training, and what is known about it."""
