"""The Inspect page: what each input of a trained model contributes, alone and together."""

from components.app.pages.inspect.page import inspect_page
from components.app.pages.page import page

with page(__file__, "Inspect a trained model"):
    inspect_page()
