"""Widgets and small parts of pages; they know no page and no model."""
