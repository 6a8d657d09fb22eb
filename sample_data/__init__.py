"""Generated data with a known best possible accuracy, and architectures to start from."""
