"""Scripts and notebooks that build and train a model elsewhere, and the archive with all of it."""
