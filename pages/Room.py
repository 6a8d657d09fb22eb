"""Class room for its teacher, which is not in the navigation."""

from components.ui.page import page
from components.ui.room.page import room_page

with page(__file__, "Class room"):
    room_page()
