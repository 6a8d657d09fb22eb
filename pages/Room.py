"""A class room for its teacher, which the navigation does not show."""

from components.ui.kit.page_frame import page
from components.ui.room.page import room_page

with page("Room", "Class room"):
    room_page()
