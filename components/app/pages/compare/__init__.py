"""The Compare page: races of strategies, their progress and results, and the atlas."""
