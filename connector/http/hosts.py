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


def can_be_named(host: str) -> bool:
    """Whether a name server can be asked for a host: none has two dots in a row, or more than 63 letters between them (RFC 1035)."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True
