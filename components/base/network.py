"""Network addresses of this machine, and of its clients."""

from __future__ import annotations

import errno
import os
import socket
from ipaddress import IPv6Address, ip_address, ip_network

EVERY_ADDRESS = ("", "0.0.0.0", "::")
"""Hosts with which a server listens at all addresses of its machine."""
_FAMILIES = (socket.AF_INET, socket.AF_INET6)


def own_addresses() -> list[str]:
    """Return the IP addresses of this machine's network interfaces, without the loopback."""
    import psutil  # Late: the launcher imports this file, and reports what `[app]` lacks.

    return [
        entry.address.partition("%")[0].lower()
        for of_interface in psutil.net_if_addrs().values()
        for entry in of_interface
        if entry.family in _FAMILIES and not entry.address.startswith(("127.", "::1"))
    ]


def local_network_address() -> str | None:
    """Return the IPv4 address of this machine on the local network, or `None` without a network.

    No packet is sent: the system only chooses the address that it would send from.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = str(probe.getsockname()[0])
        except OSError:
            address = ""
    addresses = [own for own in own_addresses() if ":" not in own]
    return address if address in addresses else next(iter(addresses), None)


def free_port(host: str, port: int) -> int:
    """Return the port, or the next free one after it; the port itself if all are taken."""
    for wanted in range(port, 65536):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if os.name == "posix":  # On Windows this would take a port from another program.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, wanted))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
            return wanted  # The server reports any other error.
    return port


def sender_of(address: str | None) -> str:
    """Return the key of one sender: an IPv4 address, or the network (/64) of an IPv6 address.

    Empty for this machine itself, and if there is no address.
    """
    try:
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None:
            return "" if ip.is_loopback else str(ip_network((ip, 64), strict=False))
        ip = ip.ipv4_mapped
    return "" if ip.is_loopback else str(ip)
