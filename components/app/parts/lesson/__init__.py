"""Lesson beside the pages: the open one, its progress, and its panel."""
