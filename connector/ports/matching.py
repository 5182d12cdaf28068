"""How people of the sources are found in the intranet: by which address, in which form, under which id. PURE."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from connector.document.clean import compose
from connector.ports.source import PersonRead

MAX_ADDRESS = 320
"""Characters: 64 before the @, 255 behind it (RFC 3696, errata 1690)."""
_UNSEEN = "Cf"
"""Kind of letter: zero width signs, soft hyphens, byte order marks, marks of direction."""


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """How people of the sources are found in the intranet."""

    by: str = "email"
    """email or username."""
    domains: Mapping[str, str] = {}
    """Mail domains to replace."""

    def address(self, person: PersonRead) -> str:
        """
        What a person is matched by, in its one form; empty where the source does not say, or says something that is no address.

        What stands for an address that is not there (`-`, `n/a`) is not hers: the intranet may have the same of somebody else.
        """
        if self.by == "username":
            return self.normalise(person.username)
        address = self.normalise(person.email)
        return address if is_address(address) else ""

    def normalise(self, address: str) -> str:
        """
        Bring an address into its one form, whatever form its letters were typed in, with its mail domain replaced.

        Two people whose addresses differ by that alone are one to an intranet that compares letters, and must be seen to be two here.

        Signs that show nothing come along when an address is pasted, and go. What is no text that can be sent, has several lines, or
        is longer than any address, is none: it would cost everybody of its batch.
        """
        if not address.isprintable():
            address = "".join(sign for sign in address if unicodedata.category(sign) != _UNSEEN)
        name, at, domain = compose(address).strip().lower().rpartition("@")
        whole = f"{name}@{self.domains.get(domain, domain)}" if at else domain
        if len(whole) > MAX_ADDRESS or not whole.isprintable():
            return ""
        return whole


def is_address(told: str) -> bool:
    """Whether this is an e-mail address: what stands in place of one (`-`, `n/a`, an `@` alone) is none."""
    name, _, domain = told.strip().rpartition("@")
    return bool(name and domain)


def key_id(source: str, key: str) -> str:
    """Name a person by what her source calls her; nothing of that can be read from it."""
    return f"key-{blake2b(f'{source}/{key}'.encode(), digest_size=14).hexdigest()}"


def record_id(address: str) -> str:
    """Make the GloballyUniqueId of a person's record: nothing of the address can be read from it."""
    return f"person-{blake2b(address.encode(), digest_size=14).hexdigest()}"
