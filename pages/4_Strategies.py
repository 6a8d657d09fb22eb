"""The Strategies page: every merge strategy and encoder, tried on the current branches."""

from components.ui.page import page
from components.ui.strategies.page import strategies_page

with page(__file__, "Strategies"):
    strategies_page()
