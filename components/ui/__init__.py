"""Pages, sidebar, forms and charts. Nothing outside this package imports Streamlit."""
