"""Experiments: trainings, the inspection of what was trained, the queue of runs, and races.

They turn a model and data into results. They never know a page, a file format to share, or a class.
"""
