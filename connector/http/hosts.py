"""Where a host is, by its name, and which ports there are. PURE."""

from __future__ import annotations

from ipaddress import ip_address

HIGHEST_PORT = 65_535


def is_loopback(host: str) -> bool:
    """Whether a host (no port; an IPv6 address with or without brackets) is this machine itself."""
    host = host.strip("[]").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)
