"""Links that hold a model, its data and its settings."""
