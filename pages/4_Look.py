"""The Look page: Keras models from elsewhere, read from the JSON of `to_json()`."""

from components.ui.kit.page_frame import page
from components.ui.viewer.page import foreign_page

with page("Look"):
    foreign_page()
