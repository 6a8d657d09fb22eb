"""Content that ships as files: presets, models of applications, lessons, plans, the atlas."""
