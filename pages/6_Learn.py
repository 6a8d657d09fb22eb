"""The Learn page: lessons with how far one is in each, and what a teacher needs for them."""

from components.ui.learn.page import learn_page
from components.ui.page import page

with page(__file__, "Learn"):
    learn_page()
