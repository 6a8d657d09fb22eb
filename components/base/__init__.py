"""Ground of the house: errors, texts, files, limits, the database, and processes that have Keras.

Every storey may use it. It never knows a model, a dataset, a run or a page.
"""
