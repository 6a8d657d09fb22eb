"""The Compare page: strategies race on data of known structure, honestly compared."""

from components.app.pages.compare.page import compare_page
from components.app.pages.page import page

with page(__file__, "Compare strategies"):
    compare_page()
