"""The one place that uses Streamlit's internals: page, runs, sessions, files and messages."""
