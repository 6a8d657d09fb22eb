"""Data with a known best possible accuracy, collections, your own files, and content that ships.

It knows models, for which it makes the data. It never trains, and never knows a run or a page.
"""
