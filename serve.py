"""Server for `streamlit run serve.py`. `streamlit run app.py` shows the same pages without it."""

import sys

import streamlit as st

from components.core.errors import PlaygroundError
from components.core.paths import ROOT
from components.server.setup import ROUTES, lifespan, middleware

try:
    MIDDLEWARE = middleware()
except PlaygroundError as error:
    sys.exit(str(error))

app = st.App(ROOT / "app.py", lifespan=lifespan, routes=ROUTES, middleware=MIDDLEWARE)
