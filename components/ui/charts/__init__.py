"""Charts by ECharts: curves, intervals, and how they are saved."""
