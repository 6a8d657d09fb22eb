"""The Build page: sidebar, live model, diagram, graph and summary."""

from components.app.pages.build.page import build_page
from components.app.pages.page import page

with page(__file__, "Build a model"):
    build_page()
