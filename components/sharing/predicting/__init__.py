"""Predictions for rows of a table, in the app and by the script `predict.py`."""
