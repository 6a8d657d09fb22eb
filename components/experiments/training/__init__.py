"""Training of one run: requests, limits, loop, events and files. Never imports Streamlit."""
