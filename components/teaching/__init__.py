"""People and their drafts, lessons, plans for a class, and class rooms.

They say what is taught, to whom and when. They never draw a page and never import Streamlit.
"""
