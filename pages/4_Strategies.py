"""The Strategies page: every merge strategy and encoder, tried on the current branches."""

from components.app.pages.page import page
from components.app.pages.strategies.page import strategies_page

with page(__file__, "Strategies"):
    strategies_page()
