"""Design record: one page on a model, with the reasons for it and its measurements."""
