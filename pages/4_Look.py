"""The Look page: Keras models from elsewhere, read from the JSON of `to_json()`."""

from components.ui.foreign_page import foreign_page
from components.ui.kit.page_frame import page

with page("Look"):
    foreign_page()
