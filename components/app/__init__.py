"""Pages, their parts, the server around them, and the commands.

It shows all storeys below, and it alone imports Streamlit. It never computes a result itself.
"""
