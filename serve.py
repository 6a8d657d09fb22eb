"""Server for `streamlit run serve.py`. `streamlit run app.py` shows the same pages without it."""

import sys

import streamlit as st

from components.app.server.setup import ROUTES, lifespan, middleware
from components.base.errors import PlaygroundError
from components.base.paths import ROOT

try:
    MIDDLEWARE = middleware()
except PlaygroundError as error:
    sys.exit(str(error))

app = st.App(ROOT / "app.py", lifespan=lifespan, routes=ROUTES, middleware=MIDDLEWARE)
