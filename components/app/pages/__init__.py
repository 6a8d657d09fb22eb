"""The pages, one folder for each, and their common setup. No page imports another."""
