"""Server and first page: `streamlit run app.py`.

Streamlit imports this file for the server, and runs it as a script for each visitor of Build.
"""

import sys

import streamlit as st

if __name__ == "__main__":
    from components.app.pages.build.page import build_page
    from components.app.pages.page import page

    with page(__file__, "Build a model"):
        build_page()
else:
    from components.app.server.setup import ROUTES, lifespan, middleware
    from components.base.errors import PlaygroundError

    try:
        MIDDLEWARE = middleware()
    except PlaygroundError as error:
        sys.exit(str(error))

    app = st.App(__file__, lifespan=lifespan, routes=ROUTES, middleware=MIDDLEWARE)
