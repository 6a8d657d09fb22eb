"""The Viewer page: Keras models from elsewhere, read from `.keras`, `.h5` or JSON."""

from components.app.pages.page import page
from components.app.pages.viewer.page import viewer_page

with page(__file__, "View a Keras model"):
    viewer_page()
