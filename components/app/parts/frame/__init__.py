"""Frame of every page: bar, visitor, draft of the tab, build workers."""
