"""Address at which others on the local network reach this server, to type or to scan."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import segno
import streamlit as st

from components.base.network import EVERY_ADDRESS, local_network_address
from components.base.paths import FOR_A_CLASS

PIXELS = 6
"""Side of a dot of the code in pixels."""
_ONLY_HERE = "Only this computer can open this address."
_CONTAINER = Path("/.dockerenv")
"""Mark of a container, which does not know the address of its machine."""


def others_address() -> str | None:
    """Return the server's address for others; `None` if it listens only to its own machine.

    It is the address that this visitor uses, unless that is of the visitor's machine only.
    """
    if (st.get_option("server.address") or "") not in EVERY_ADDRESS:
        return None
    parts = urlsplit(str(st.context.url or ""))
    if parts.hostname and not _is_loopback(parts.hostname):
        return f"{parts.scheme}://{parts.netloc}{base_path()}"
    address = None if _CONTAINER.exists() else local_network_address()
    if address is None:
        return None
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{address}:{st.get_option('server.port')}{base_path()}"


def only_here() -> str:
    """Return a sentence if nobody else can open the addresses of this page; otherwise nothing."""
    host = urlsplit(others_address() or str(st.context.url or "")).hostname
    if not host or not _is_loopback(host):
        return ""
    if (st.get_option("server.address") or "") not in EVERY_ADDRESS:
        return f"{_ONLY_HERE} Start with `{FOR_A_CLASS}`."
    return f"{_ONLY_HERE} Open this page at an address that others can open, too."


def show_address(address: str) -> None:
    """Draw an address to copy, with a warning if nobody else can open it."""
    st.code(address, language=None, wrap_lines=True)
    if warning := only_here():
        st.warning(warning, icon=":material/wifi_off:")


def show_network_address() -> None:
    """Draw the server's address with its QR code, if others can reach it."""
    address = others_address()
    if address is None:
        return
    st.html(
        f'<figure class="network"><img alt="QR code of {escape(address)}" '
        f'src="{qr_code(address)}"><figcaption>On the local network: '
        f"<b>{escape(address)}</b></figcaption></figure>"
    )


def qr_code(text: str) -> str:
    """Return a QR code as an image source: black on white with a margin, in light and dark."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_data_uri(scale=PIXELS, border=3, light="white"))


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def base_path() -> str:
    """Return the path of the server's pages before their names, without a slash at its end."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""
