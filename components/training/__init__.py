"""Training runs: configuration, loop, isolation, queue and store. Never imports Streamlit."""
