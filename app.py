"""The Build page: sidebar, live model, diagram, graph and summary."""

from components.ui.build.page import build_page
from components.ui.page import page

with page(__file__, "Build a model"):
    build_page()
