"""Class room in the bar of every page: a button, the teacher's link, or a learner's panel."""

from __future__ import annotations

import streamlit as st

from components.app.pages.room import tab as room_tab
from components.app.parts.frame import page_frame
from components.base.pages import page_file


def room_bar(query: dict[str, str] | None) -> None:
    """Draw the bar's part of class rooms; the modules of a room are loaded only inside one.

    `query` has the parameters that links to pages keep in the address.
    """
    tab = room_tab.of_session()
    with st.container(key="room_bar", gap=None):
        learns = room_tab.join_code(tab.learner)
        keep = page_frame.address_script({room_tab.CODE: learns})
        st.html(f"<script>{keep}</script>", unsafe_allow_javascript=True)
        if tab.learner:
            from components.app.pages.room import panel as room_panel

            room_panel.room_panel(tab)
        elif tab.teacher:
            code = room_tab.join_code(tab.teacher)
            label = f"Room {code}{' follows you' if tab.led else ''}"
            icon = f":material/{'cast_for_education' if tab.led else 'co_present'}:"
            st.page_link(page_file("Room"), label=label, icon=icon, query_params=query)
        else:
            st.button(
                "Class room",
                key="class_room",
                icon=":material/groups:",
                type="tertiary",
                on_click=setattr,
                args=(tab, "asking", True),
            )
    if tab.asking:
        from components.app.pages.room import dialog as room_dialog

        room_dialog.room_dialog(tab)
