"""Charts by ECharts: curves, intervals, and their downloads."""
