"""The design record: one page on a model, the reasons for it, and what was measured of it."""
