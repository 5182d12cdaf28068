"""A source whose scopes the settings make public."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Publishing(Protocol):
    """One whose settings name the scopes that everybody finds; of all others nothing is ever public."""

    def makes_public(self, name: str) -> bool:
        """Whether the settings make a scope of this name public, listed or not."""
