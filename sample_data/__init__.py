"""Generated data whose best possible accuracy is known, and architectures to start from."""
