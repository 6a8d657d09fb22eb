"""Charts by ECharts: their common look, curves, intervals, and how they are saved."""
