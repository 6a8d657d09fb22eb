"""All that leaves the playground: links, files, scripts, predictions, the design record.

It writes down what the storeys below have made. It never trains, and never knows a class.
"""
