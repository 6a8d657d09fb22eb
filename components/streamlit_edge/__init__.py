"""The one door to what is not public in Streamlit: its page, runs, sessions, files and messages."""
