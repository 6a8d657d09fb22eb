"""Training runs: requests, loop, child processes, queue and store. Never imports Streamlit."""
