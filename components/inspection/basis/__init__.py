"""What measures stand on: a model whose inputs can be mixed, coalitions, games, and findings."""
