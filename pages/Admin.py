"""The teacher's view, which the navigation does not show: people, queue, processes."""

from components.ui.admin.page import admin_page
from components.ui.kit.page_frame import page

with page("Admin", "Teacher's view"):
    admin_page()
