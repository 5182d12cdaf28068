"""The menu of the status page: every entry, in the order in which it is shown."""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """One entry."""

    address: str
    label: str

    def is_here(self, path: str) -> bool:
        """Whether a page belongs to this entry: the one it leads to, or one below."""
        return path == self.address or (self.address != "/" and path.startswith(f"{self.address}/"))


MENU = (
    Entry("/", "Overview"),
    Entry("/runs", "Runs"),
    Entry("/documents", "Documents"),
    Entry("/people", "People"),
    Entry("/held", "On hold"),
    Entry("/quarantine", "Quarantine"),
    Entry("/exchanges", "Exchanges"),
)
"""A new page adds its entry here, and a template that extends `layout.html`."""


def here(path: str) -> Entry | None:
    """The entry to which a page belongs; none for pages that stand in no menu."""
    return next((one for one in MENU if one.is_here(path)), None)
