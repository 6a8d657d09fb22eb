"""Widgets and small parts of pages, independent of any page or model."""
