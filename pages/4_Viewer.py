"""The Viewer page: Keras models from elsewhere, read from the JSON of `to_json()`."""

from components.ui.kit.page_frame import page
from components.ui.viewer.page import foreign_page

with page("Viewer"):
    foreign_page()
