"""Models as values: concepts, architectures, the Keras models built from them, their pictures.

It serves all that need a model and no data. It never reads a sample and never trains.
"""
