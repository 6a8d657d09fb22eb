"""The Compare page: races of strategies, how they stand, and the atlas of who wins where."""
