"""A class room for its teacher, which the navigation does not show."""

from components.ui.page import page
from components.ui.room.page import room_page

with page(__file__, "Class room"):
    room_page()
