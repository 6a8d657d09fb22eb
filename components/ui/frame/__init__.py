"""What stands around every page: bar, projector, visitor, draft of the tab, build workers."""
