"""The sign of a class room: its code, its QR code and its link, to be read from afar."""

from __future__ import annotations

from html import escape

import streamlit as st

from components.ui.frame.network import only_here, qr_code
from components.ui.room.tab import join_link


def room_sign(code: str) -> None:
    """The code in large letters, beside what a phone reads; a warning where no phone gets there."""
    link, warning = join_link(code), only_here()
    spaced = " ".join((code[:3], code[3:]))
    with st.container(key="room_sign", gap="small"):
        st.html(
            f'<div class="room-sign"><img alt="QR code of {escape(link)}" src="{qr_code(link)}">'
            f'<div><p class="quiet">Join with the code</p><p class="code">{spaced}</p>'
            f'<p class="quiet">or at <b>{escape(link)}</b></p></div></div>'
        )
        if warning:
            st.warning(warning, icon=":material/wifi_off:")
