"""The Compare page: strategies race on data of known structure, honestly compared."""

from components.ui.compare.page import compare_page
from components.ui.page import page

with page(__file__, "Compare strategies"):
    compare_page()
