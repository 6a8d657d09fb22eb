"""The Learn page: lessons with the learner's progress, and the teacher's tools."""

from components.app.pages.learn.page import learn_page
from components.app.pages.page import page

with page(__file__, "Learn"):
    learn_page()
