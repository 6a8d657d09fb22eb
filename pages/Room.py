"""Class room for its teacher, which is not in the navigation."""

from components.app.pages.page import page
from components.app.pages.room.page import room_page

with page(__file__, "Class room"):
    room_page()
