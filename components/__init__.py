"""Fusion Playground: build, see and train multi-input Keras models."""
